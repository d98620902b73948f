package store_test

import (
	"database/sql"
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
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// TestStoreAgreesWithTheModel does the same random imports, associations and
// edits to a store and to a plain model of what they mean.
func TestStoreAgreesWithTheModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
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
			})
		})
	}
}

// openRaw opens a database beside the store.
func openRaw(t *testing.T, address string) *sql.DB {
	t.Helper()
	driver := "sqlite3"
	if strings.HasPrefix(address, "postgres:") {
		driver = "pgx"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// contents is all that a database holds of resources.
type contents struct {
	Resources map[string]string // attributes by id
	Uses      map[string]string // license, given and consumed
	Lines     map[string]string // as stored
	Counters  map[string]usage.TypeUsage
}

func newContents() contents {
	return contents{map[string]string{}, map[string]string{}, map[string]string{}, map[string]usage.TypeUsage{}}
}

func stored(t *testing.T, db *sql.DB) contents {
	t.Helper()
	c := newContents()
	each(t, db, `SELECT id, arn, type, status, owner_account_id, platform, tenancy, vcpus, cores, threads_per_core FROM resources`, func(scan func(...any) error) error {
		var r usage.Resource
		err := scan(&r.ID, &r.ARN, &r.Type, &r.Status, &r.OwnerAccountID, &r.Platform, &r.Tenancy, &r.VCPUs, &r.Cores, &r.ThreadsPerCore)
		c.Resources[r.ID] = attributes(r)
		return err
	})
	each(t, db, `SELECT license_id, resource_id, resource_type, consumed, given, associated_at, line FROM associations`, func(scan func(...any) error) error {
		var a usage.Association
		err := scan(&a.LicenseID, &a.ResourceID, &a.ResourceType, &a.Consumed, &a.Given, &a.AssociatedAt, &a.Line)
		c.addUse(a)
		return err
	})
	each(t, db, `SELECT license_id, resource_type, associated, consumed FROM license_counters WHERE associated <> 0 OR consumed <> 0`, func(scan func(...any) error) error {
		var license, kind string
		var u usage.TypeUsage
		err := scan(&license, &kind, &u.Associated, &u.Consumed)
		c.Counters[license+" "+kind] = u
		return err
	})
	return c
}

func each(t *testing.T, db *sql.DB, query string, fn func(scan func(...any) error) error) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func (c contents) addUse(a usage.Association) {
	key := a.LicenseID + " " + a.ResourceID
	c.Uses[key] = fmt.Sprint(a.ResourceType, a.Consumed, show(a.Given), a.AssociatedAt.UTC())
	c.Lines[key] = string(a.Line)
}

func attributes(r usage.Resource) string {
	return fmt.Sprint(r.ARN, "|", r.Type, "|", r.Status, "|", r.OwnerAccountID, "|", r.Platform, "|", r.Tenancy, "|", show(r.VCPUs), show(r.Cores), show(r.ThreadsPerCore))
}

func show(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
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
}

type modelResource struct {
	usage.Resource
	uses map[string]usage.Association // by license
}

func newModel(t *testing.T, s *store.Store, r *rand.Rand) *model {
	m := &model{t: t, s: s, r: r, now: start(), licenses: map[string]usage.License{}, resources: map[string]modelResource{}}
	rules := []usage.Rules{nil, {{Name: usage.HonorVCPUOptimization, Value: "True"}}, {{Name: usage.MaximumVCPUs, Value: "12"}}}
	for i, rule := range rules {
		l := usage.License{Name: fmt.Sprintf("License %d", i), CountingType: usage.CountVCPU, Rules: rule}
		if i == 0 {
			l.Count, l.HardLimit = count(60), true
		}
		created, err := s.CreateLicense(t.Context(), by("admin", m.now), l)
		if err != nil {
			t.Fatal(err)
		}
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

func clone(resources map[string]modelResource) map[string]modelResource {
	out := maps.Clone(resources)
	for id, r := range out {
		r.uses = maps.Clone(r.uses)
		out[id] = r
	}
	return out
}

func (m *model) associate() {
	l, ids := m.license(), m.ids(3)
	before, total := clone(m.resources), m.consumed(l.ID)
	allowed := true
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
	if err := m.s.UpdateLicense(m.t.Context(), by("editor", m.now), l); err != nil {
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

// importRows imports a random file, once reviewed and once more right after.
func (m *model) importRows(n int) {
	columns := []string{"resource_id", "resource_type", "resource_owner_id"}
	for _, column := range []string{"resource_arn", "resource_status", "platform", "tenancy", "vcpus", "cores", "threads_per_core", "license", "consumed_licenses"} {
		if m.r.IntN(4) > 0 {
			columns = append(columns, column)
		}
	}
	m.r.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	file := strings.Join(columns, ",") + "\n"
	chosen := ""
	if m.r.IntN(3) == 0 && n < 100 {
		chosen = m.license().ID
	}
	before, totals := clone(m.resources), map[string]int64{}
	for _, id := range m.order {
		totals[id] = m.consumed(id)
	}
	wrong, named := 0, map[string]bool{}
	for range n {
		row := m.row(n)
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = row[column]
		}
		file += strings.Join(cells, ",") + "\n"
		for column := range row {
			if !slices.Contains(columns, column) {
				delete(row, column)
			}
		}
		if !m.apply(row, chosen, named) {
			wrong++
		}
	}
	for id := range named {
		l := m.licenses[id]
		if after := m.consumed(id); l.HardLimit && l.OverLimit(after) && after > totals[id] && wrong == 0 {
			wrong = 1
		}
	}
	m.compare(file, chosen, wrong, before)
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

// apply does what a row says, in the order of the file; false if it is wrong.
func (m *model) apply(row map[string]string, chosen string, named map[string]bool) bool {
	if len(row["resource_owner_id"]) != 12 {
		return false
	}
	r, known := m.resources[row["resource_id"]]
	if !known {
		r = modelResource{uses: map[string]usage.Association{}}
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
	r.ID, r.Type, r.OwnerAccountID = row["resource_id"], usage.ResourceType(row["resource_type"]), row["resource_owner_id"]
	set("resource_arn", &r.ARN)
	set("resource_status", &r.Status)
	set("platform", &r.Platform)
	set("tenancy", &r.Tenancy)
	number("vcpus", &r.VCPUs)
	number("cores", &r.Cores)
	number("threads_per_core", &r.ThreadsPerCore)
	license := row["license"]
	if license == "" {
		license = chosen
	}
	l, ok := m.find(license)
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
	m.resources[r.ID] = r
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

// compare imports the file into the store; before is what must stay if any row
// is wrong.
func (m *model) compare(file, chosen string, wrong int, before map[string]modelResource) {
	staged := stage(m.t, m.s, chosen, file)
	review, err := m.s.ReviewImport(m.t.Context(), staged)
	if err != nil {
		m.t.Fatal(err)
	}
	if (review.Wrong == 0) != (wrong == 0) {
		m.t.Fatalf("review found %d wrong rows, the model %d: %v\n%s", review.Wrong, wrong, review.Errors, file)
	}
	result, err := m.s.ApplyImport(m.t.Context(), by("editor", m.now), staged)
	var refused *store.ImportRefusedError
	if errors.As(err, &refused) {
		if diff := cmp.Diff(review.Errors, refused.Errors); diff != "" || wrong == 0 {
			m.t.Error(diff)
		}
		m.resources = before
		return
	}
	if diff := cmp.Diff(review.ImportResult, result); diff != "" || err != nil {
		m.t.Errorf("%s%v", diff, err)
	}
	for _, change := range review.Licenses {
		if got := m.consumed(change.License.ID); got != change.After {
			m.t.Errorf("%s consumes %d, the review said %d", change.License.Name, got, change.After)
		}
	}
	again, err := m.s.ApplyImport(m.t.Context(), by("editor", m.now.Add(time.Second)), stage(m.t, m.s, chosen, file))
	if err != nil || again.New+again.Updated != 0 {
		m.t.Errorf("second import: %+v, %v", again, err)
	}
}
