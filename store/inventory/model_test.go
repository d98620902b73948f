package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// TestInventoryAgreesWithTheModel does the same random imports, associations and
// edits to a store and to a plain model of what they mean. Some imports are stopped
// on their way, and others change what is stored before they go on.
func TestInventoryAgreesWithTheModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			storetest.EachMigrated(t, func(t *testing.T, address string) {
				m := newModel(t, storetest.Open(t, address), rand.New(rand.NewPCG(seed, 7)))
				db := openRaw(t, address)
				for step := range 60 {
					m.step(step)
					if diff := cmp.Diff(m.expected(), stored(t, db)); diff != "" || t.Failed() {
						t.Fatalf("after step %d: %s", step, diff)
					}
				}
				t.Logf("%d imports: %d stopped on the way, %d left out rows", m.imports, m.stops, m.partial)
			})
		})
	}
}

// model is what the store should hold.
type model struct {
	t         *testing.T
	s         *store.Store
	r         *rand.Rand
	now       time.Time
	licenses  map[string]usage.License
	order     []string // ids of licenses
	resources map[string]modelResource

	imports, stops, partial int
}

type modelResource struct {
	usage.Resource
	uses map[string]usage.Association // by license
}

func newModel(t *testing.T, s *store.Store, r *rand.Rand) *model {
	m := &model{t: t, s: s, r: r, now: start(), licenses: map[string]usage.License{}, resources: map[string]modelResource{}}
	rules := []usage.Rules{nil, {{Name: usage.HonorVCPUOptimization, Value: "True"}}, {{Name: usage.MaximumVCPUs, Value: "12"}}}
	for i, rule := range rules {
		l := usage.License{Name: fmt.Sprintf("License %d", i), Rules: rule}
		if i == 0 {
			l.Count, l.HardLimit = count(60), true
		}
		created := createLicense(t, s, l)
		m.licenses[created.ID] = created
		m.order = append(m.order, created.ID)
	}
	return m
}

func (m *model) expected() contents {
	c := newContents()
	for id, r := range m.resources {
		c.Resources[id] = attributes(r.Resource)
		for license, a := range r.uses {
			a.Line = usage.AppendResourceLine(nil, r.Resource, a)
			c.addUse(a)
			key := license + " " + string(a.ResourceType)
			u := c.Counters[key]
			c.Counters[key] = usage.TypeUsage{Associated: u.Associated + 1, Consumed: u.Consumed + a.Consumed}
		}
	}
	return c
}

func (m *model) step(n int) {
	m.now = m.now.Add(time.Minute)
	switch m.r.IntN(6) {
	case 0:
		m.associate()
	case 1:
		m.disassociate()
	case 2:
		m.edit()
	default:
		rows := 1 + m.r.IntN(30)
		if n%20 == 0 {
			rows = 1700 // several batches
		}
		m.importRows(rows)
	}
}

func (m *model) license() usage.License { return m.licenses[m.order[m.r.IntN(len(m.order))]] }

func (m *model) ids(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("i-%d", m.r.IntN(14))
	}
	return ids
}

func (m *model) consumed(license string) int64 {
	var sum int64
	for _, r := range m.resources {
		sum += r.uses[license].Consumed
	}
	return sum
}

func (r modelResource) clone() modelResource {
	r.uses = maps.Clone(r.uses)
	return r
}

func clone(resources map[string]modelResource) map[string]modelResource {
	out := maps.Clone(resources)
	for id, r := range out {
		out[id] = r.clone()
	}
	return out
}

func (m *model) associate() {
	l, ids := m.license(), m.ids(3)
	before, total := clone(m.resources), m.consumed(l.ID)
	allowed := !l.Deactivated()
	for _, id := range ids {
		r, known := m.resources[id]
		_, used := r.uses[l.ID]
		if known && used {
			continue
		}
		consumed, err := usage.Consume(l, r.Resource, nil)
		if !known || err != nil || l.Rules.Check(r.Resource) != nil {
			allowed = false
			break
		}
		r.uses[l.ID] = usage.Association{LicenseID: l.ID, ResourceID: id, ResourceType: r.Type, Consumed: consumed, AssociatedAt: m.now}
	}
	if after := m.consumed(l.ID); l.HardLimit && l.OverLimit(after) && after > total {
		allowed = false
	}
	if !allowed {
		m.resources = before
	}
	if _, err := m.s.Associate(m.t.Context(), by("editor", m.now), l.ID, ids); (err == nil) != allowed {
		m.t.Errorf("associate %v with %s: %v, want allowed %v", ids, l.Name, err, allowed)
	}
}

func (m *model) disassociate() {
	l, ids := m.license(), m.ids(2)
	for _, id := range ids {
		delete(m.resources[id].uses, l.ID)
	}
	if _, err := m.s.Disassociate(m.t.Context(), by("editor", m.now), l.ID, ids); err != nil {
		m.t.Error(err)
	}
}

// edit turns the rule on and off that changes what resources consume.
func (m *model) edit() {
	l := m.licenses[m.order[1]]
	l.Rules = usage.Rules{{Name: usage.HonorVCPUOptimization, Value: []string{"True", "False"}[m.r.IntN(2)]}}
	switch err := m.s.UpdateLicense(m.t.Context(), by("editor", m.now), l); {
	case errors.Is(err, store.ErrUnchanged):
		return
	case err != nil:
		m.t.Fatal(err)
	}
	l.Version++
	m.licenses[l.ID] = l
	for _, r := range m.resources {
		if a, ok := r.uses[l.ID]; ok {
			if consumed, err := usage.Consume(l, r.Resource, a.Given); err == nil {
				a.Consumed = consumed
			}
			r.uses[l.ID] = a
		}
	}
}

// deactivate lets the third license take no more resources, or again.
func (m *model) deactivate(status usage.LicenseStatus) {
	l, err := m.s.License(m.t.Context(), m.order[2])
	if err == nil && l.Status != status {
		err = m.s.SetLicenseStatus(m.t.Context(), by("editor", m.now), l.ID, status)
	}
	if err == nil {
		l, err = m.s.License(m.t.Context(), l.ID)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	m.licenses[l.ID] = l
}

// modelFile is a file, as it is and as it is sorted.
type modelFile struct {
	text   string
	chosen string // license of rows that name none
	rows   []modelRow
}

type modelRow struct {
	line  int
	cells map[string]string
}

// sorted returns the rows in the order of resource ids.
func (f modelFile) sorted() []modelRow {
	return slices.SortedStableFunc(slices.Values(f.rows), func(a, b modelRow) int {
		return strings.Compare(a.cells["resource_id"], b.cells["resource_id"])
	})
}

func (m *model) file(n int) modelFile {
	columns := []string{"resource_id", "resource_type", "resource_owner_id"}
	for _, column := range []string{"resource_arn", "resource_status", "platform", "tenancy", "vcpus", "cores", "threads_per_core", "license", "consumed_licenses"} {
		if m.r.IntN(4) > 0 {
			columns = append(columns, column)
		}
	}
	m.r.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	f := modelFile{text: strings.Join(columns, ",") + "\n"}
	if m.r.IntN(3) == 0 && n < 100 {
		f.chosen = m.license().ID
	}
	for line := range n {
		row := m.row(n)
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = row[column]
		}
		f.text += strings.Join(cells, ",") + "\n"
		maps.DeleteFunc(row, func(column, _ string) bool { return !slices.Contains(columns, column) })
		f.rows = append(f.rows, modelRow{line + 2, row})
	}
	return f
}

// row makes a row; few are wrong.
func (m *model) row(n int) map[string]string {
	pick := func(values ...string) string { return values[m.r.IntN(len(values))] }
	ids, licenses := 14, []string{"", "", "license 0", "LICENSE 1", m.order[2]}
	if n > 100 {
		ids, licenses = 600, []string{"", "license 1"}
	}
	row := map[string]string{
		"resource_id": fmt.Sprintf("i-%d", m.r.IntN(ids)), "resource_type": pick("EC2_INSTANCE", "EC2_INSTANCE", "RDS", "EC2_AMI"),
		"resource_owner_id": pick("123456789012", "000000000001"), "resource_arn": pick("", "arn:a", "=1+1"),
		"resource_status": pick("", "running", "running", "stopped"), "platform": pick("", "@Linux", "Windows"),
		"tenancy": pick("", "default", "host"), "vcpus": pick("1", "2", "4", "8"), "cores": pick("", "1", "2"),
		"threads_per_core": pick("", "1", "2"), "license": pick(licenses...), "consumed_licenses": pick("", "", "0", "3"),
	}
	if m.r.IntN(40*n) == 0 {
		row["resource_owner_id"] = "12"
	}
	if m.r.IntN(10*n) == 0 {
		row["vcpus"] = pick("", "100")
	}
	return row
}

// fold does to a resource what a row says; false if it is wrong.
func (m *model) fold(r *modelResource, row map[string]string, chosen string, named map[string]bool) bool {
	if len(row["resource_owner_id"]) != 12 {
		return false
	}
	set := func(column string, target *string) {
		if value, there := row[column]; there {
			*target = value
		}
	}
	number := func(column string, target **int64) {
		if value, there := row[column]; there {
			*target = nil
			if n, err := strconv.ParseInt(value, 10, 64); err == nil {
				*target = &n
			}
		}
	}
	license := row["license"]
	if license == "" {
		license = chosen
	}
	l, ok := m.find(license)
	if ok && l.Deactivated() {
		return false
	}
	r.ID, r.Type, r.OwnerAccountID = row["resource_id"], usage.ResourceType(row["resource_type"]), row["resource_owner_id"]
	set("resource_arn", &r.ARN)
	set("resource_status", &r.Status)
	set("platform", &r.Platform)
	set("tenancy", &r.Tenancy)
	number("vcpus", &r.VCPUs)
	number("cores", &r.Cores)
	number("threads_per_core", &r.ThreadsPerCore)
	if _, uses := r.uses[l.ID]; ok && !uses {
		if l.Rules.Check(r.Resource) != nil {
			return false
		}
		r.uses[l.ID] = usage.Association{LicenseID: l.ID, ResourceID: r.ID, AssociatedAt: m.now}
	}
	named[l.ID] = ok
	for id, a := range r.uses {
		if id == l.ID {
			number("consumed_licenses", &a.Given)
		}
		var err error
		if a.Consumed, err = usage.Consume(m.licenses[id], r.Resource, a.Given); err != nil {
			return false
		}
		a.ResourceType = r.Type
		r.uses[id] = a
	}
	return true
}

func (m *model) find(license string) (usage.License, bool) {
	for _, l := range m.licenses {
		if l.ID == license || strings.EqualFold(l.Name, license) {
			return l, true
		}
	}
	return usage.License{}, false
}

func (m *model) resource(id string) modelResource {
	if r, known := m.resources[id]; known {
		return r.clone()
	}
	return modelResource{uses: map[string]usage.Association{}}
}

// judge does what the whole file says, in its order, and returns how many rows are
// wrong and which licenses they name.
func (m *model) judge(f modelFile) (wrong int, named map[string]bool) {
	named = map[string]bool{}
	before := map[string]int64{}
	for _, id := range m.order {
		before[id] = m.consumed(id)
	}
	for _, row := range f.rows {
		r := m.resource(row.cells["resource_id"])
		if !m.fold(&r, row.cells, f.chosen, named) {
			wrong++
			continue
		}
		m.resources[r.ID] = r
	}
	for id, is := range named {
		l := m.licenses[id]
		if after := m.consumed(id); is && l.HardLimit && l.OverLimit(after) && after > before[id] && wrong == 0 {
			wrong = 1
		}
	}
	return wrong, named
}

// importRows imports a random file.
func (m *model) importRows(n int) {
	m.imports++
	f := m.file(n)
	slice := 1 + m.r.IntN(10)
	if n > 100 {
		slice = 400
	}
	im := inventory.New(m.s, inventory.Options{Now: func() time.Time { return m.now }}).WithSlices(slice)
	before := clone(m.resources)
	wrong, named := m.judge(f)
	whole := m.resources
	m.resources = before
	job := review(m.t, im, f.chosen, f.text)
	if (job.Wrong == 0) != (wrong == 0) {
		m.t.Fatalf("review found %d wrong rows, the model %d: %v\n%s", job.Wrong, wrong, problems(m.t, im, job), f.text)
	}
	if wrong > 0 {
		m.refused(im, job)
		return
	}
	m.compareReview(im, job, whole)
	if err := im.Confirm(m.t.Context(), by("admin", m.now), job.ID); err != nil {
		m.t.Fatal(err)
	}
	stopped := m.r.IntN(2) == 0
	m.apply(im, job.ID, f, named, stopped)
	if !stopped {
		if diff := cmp.Diff(whole, m.resources, cmp.AllowUnexported(modelResource{})); diff != "" {
			m.t.Error(diff)
		}
		again := review(m.t, im, f.chosen, f.text)
		if again.Changes()+again.Wrong != 0 {
			m.t.Errorf("the second review: %+v", again.Result)
		}
		m.refused(im, again)
	}
	m.deactivate(usage.LicenseAvailable)
}

// refused gives up an import that is not applied.
func (m *model) refused(im *inventory.Importer, job inventory.Import) {
	if job.Wrong > 0 {
		if err := im.Confirm(m.t.Context(), by("admin", m.now), job.ID); !errors.Is(err, store.ErrNotFound) {
			m.t.Errorf("confirmed with wrong rows: %v", err)
		}
	}
	if err := im.Cancel(m.t.Context(), job.ID, "admin"); err != nil {
		m.t.Error(err)
	}
}

// compareReview compares a review with what the whole file makes of the resources.
func (m *model) compareReview(im *inventory.Importer, job inventory.Import, whole map[string]modelResource) {
	m.t.Helper()
	var want inventory.Result
	ids := map[string]bool{}
	for id, r := range whole {
		old, known := m.resources[id]
		switch {
		case !known:
			want.Added++
		case !cmp.Equal(old, r, cmp.AllowUnexported(modelResource{})):
			want.Updated++
		}
		ids[id] = true
	}
	want.Unchanged = job.Resources - want.Added - want.Updated
	if diff := cmp.Diff(want, job.Result); diff != "" || job.Resources > int64(len(ids)) {
		m.t.Errorf("review: %s", diff)
	}
	changes, err := im.Licenses(m.t.Context(), job.ID, 10)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, change := range changes {
		var after int64
		for _, r := range whole {
			after += r.uses[change.License.ID].Consumed
		}
		if change.Before != m.consumed(change.License.ID) || change.After != after {
			m.t.Errorf("%s: %d → %d, want → %d", change.License.Name, change.Before, change.After, after)
		}
	}
}

// apply applies a confirmed import, stopped and changed on its way or not.
func (m *model) apply(im *inventory.Importer, id string, f modelFile, named map[string]bool, stops bool) {
	at := m.now
	limits := map[string]int64{}
	for id, is := range named {
		if l := m.licenses[id]; is && l.HardLimit {
			limits[id] = max(*l.Count, m.consumed(id))
		}
	}
	if stops {
		m.meddle()
	}
	var refused []int
	done := 0
	for job := (inventory.Import{}); job.State != inventory.Applied; {
		ctx, cancel := context.WithCancel(m.t.Context())
		if stops && m.r.IntN(4) > 0 {
			m.stops++
			im.OnSlice(cancel)
		}
		if err := im.Apply(ctx); err != nil && !errors.Is(err, context.Canceled) {
			m.t.Fatal(err)
		}
		im.OnSlice(func() {})
		cancel()
		job = find(m.t, im, id)
		later := m.now
		m.now = at
		for ; done < int(job.Done); done++ {
			refused = append(refused, m.applyAt(f, done, job, limits)...)
		}
		m.now = later
		if job.State != inventory.Applied {
			m.meddle()
			continue
		}
		m.compareRefused(im, job, refused)
	}
}

// meddle does what others may do while an import is applied.
func (m *model) meddle() {
	m.now = m.now.Add(time.Second)
	switch m.r.IntN(5) {
	case 0:
		m.associate()
	case 1:
		m.disassociate()
	case 2:
		m.edit()
	case 3:
		m.deactivate([]usage.LicenseStatus{usage.LicenseAvailable, usage.LicenseDeactivated}[m.r.IntN(2)])
	}
}

// applyAt applies the resource whose last row is at a place in the sorted file, and
// returns the lines that are refused.
func (m *model) applyAt(f modelFile, done int, job inventory.Import, limits map[string]int64) (refused []int) {
	rows, at := f.sorted(), done%len(f.rows)
	id := rows[at].cells["resource_id"]
	if at+1 < len(rows) && rows[at+1].cells["resource_id"] == id {
		return nil
	}
	releasing := job.Total > job.Rows && done < len(f.rows)
	old, r := m.resource(id), m.resource(id)
	allowed, releases := true, false
	for _, row := range rows {
		if row.cells["resource_id"] == id {
			refused = append(refused, row.line)
			allowed = allowed && m.fold(&r, row.cells, f.chosen, map[string]bool{})
		}
	}
	for license, a := range r.uses {
		growth := a.Consumed - old.uses[license].Consumed
		if limit, limited := limits[license]; limited && growth > 0 && m.consumed(license)+growth > limit {
			allowed = false
		}
		releases = releases || growth < 0 && m.licenses[license].HardLimit
	}
	if !allowed && !releasing {
		return refused
	}
	if allowed && (releases || !releasing) {
		m.resources[id] = r
	}
	return nil
}

func (m *model) compareRefused(im *inventory.Importer, job inventory.Import, want []int) {
	m.t.Helper()
	var got []int
	for _, p := range problems(m.t, im, job) {
		got = append(got, p.Line)
	}
	if len(want) > 0 {
		m.partial++
	}
	if diff := cmp.Diff(want[:min(len(want), inventory.ProblemsShown)], got); diff != "" || job.Wrong != int64(len(want)) {
		m.t.Errorf("rows that were left out, %d: %s", job.Wrong, diff)
	}
}
