package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// ResourceRow is a resource in a list, with one of the licenses that it uses:
// that of the list, where the list is of one, else the first by name.
type ResourceRow struct {
	usage.Resource
	LicenseID    string // empty if it uses none
	LicenseName  string
	Licenses     int64      // how many it uses
	Consumed     int64      // of all of them; of the license, where the list is of one
	AssociatedAt *time.Time // with the license
}

// ResourceQuery selects a page of resources.
type ResourceQuery struct {
	Text      string // part of id, ARN, platform, instance type or region, whatever the case, or an account
	Beginning bool   // Text is looked for in what ids and ARNs begin with alone, which indexes know: see ErrSlow
	ID        string // of one resource; empty for any
	Type      string // a usage.ResourceType; else any
	Status    string // AWS's own word; empty for any
	LicenseID string // of a license; empty for any, "none" for those that use none
	Without   string // not of the license with this id; empty for any
	Account   string // of one account; empty for all
	Sort      string // id, type, status, account; "-" first for descending
	Page      int    // from 1
	Size      int
}

// searchPatience is how long resources are searched for a part of a text,
// unless Options say otherwise: some hundred thousand are looked at meanwhile.
const searchPatience = 2 * time.Second

// Resources returns a page of resources, the last one if there is none of that
// number, and how many match in all, counted up to CountBound + 1. ErrSlow means
// that Text has to be looked for in too many resources; it can still be found at
// a Beginning.
func (s *Store) Resources(ctx context.Context, q ResourceQuery) ([]ResourceRow, int64, error) {
	patient, cancel := ctx, context.CancelFunc(func() {})
	if q.Text != "" && !q.Beginning {
		patient, cancel = context.WithTimeout(ctx, s.patience)
	}
	defer cancel()
	rows, total, err := s.resourceList(q).page(patient, q.Page, q.Size)
	if err == nil {
		err = db.Translate(s.addLicenses(patient, rows, q))
	}
	if err != nil && patient.Err() != nil && ctx.Err() == nil {
		return nil, 0, fmt.Errorf("resources with “%s”: %w", q.Text, ErrSlow)
	}
	return rows, total, err
}

// EachResource is EachReport for resources.
func (s *Store) EachResource(ctx context.Context, q ResourceQuery, fn func([]ResourceRow) error) error {
	return s.resourceList(q).each(ctx, func(rows []ResourceRow) error {
		if err := s.addLicenses(ctx, rows, q); err != nil {
			return db.Translate(err)
		}
		return fn(rows)
	})
}

// addLicenses reads the licenses that resources of a list use, at most 10 each.
func (s *Store) addLicenses(ctx context.Context, rows []ResourceRow, q ResourceQuery) error {
	at, ids := make(map[string]int, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		at[r.ID], ids[i] = i, r.ID
	}
	if len(ids) == 0 {
		return nil
	}
	var uses []struct {
		ResourceLicense
		ResourceID string
	}
	err := s.db.Query(ctx).Raw(`
SELECT a.resource_id, a.license_id, l.name, l.counting_type, a.consumed, a.given, a.associated_at
FROM associations a JOIN licenses l ON l.id = a.license_id WHERE a.resource_id IN ? ORDER BY l.name_key`, ids).Scan(&uses).Error
	for _, u := range uses {
		r := &rows[at[u.ResourceID]]
		r.Licenses++
		if q.ofLicense() && u.LicenseID != q.LicenseID {
			continue
		}
		r.Consumed += u.Consumed
		if r.LicenseID == "" {
			r.LicenseID, r.LicenseName, r.AssociatedAt = u.LicenseID, u.Name, &u.AssociatedAt
		}
	}
	return err
}

func (q ResourceQuery) ofLicense() bool { return usage.IsLicenseID(q.LicenseID) }

// cells are where the columns of resourceList go.
func (r *ResourceRow) cells() []any {
	return []any{
		&r.ID, &r.ARN, &r.Type, &r.Status, &r.OwnerAccountID, &r.Region, &r.Platform, &r.InstanceType, &r.Tenancy,
		&r.VCPUs, &r.Cores, &r.Sockets, &r.ThreadsPerCore, &r.CreatedAt, &r.UpdatedAt,
	}
}

// resourceList describes the list of resources.
func (s *Store) resourceList(q ResourceQuery) list[ResourceRow] {
	l := list[ResourceRow]{
		store: s,
		columns: `r.id, r.arn, r.type, r.status, r.owner_account_id, r.region, r.platform, r.instance_type, r.tenancy,
			r.vcpus, r.cores, r.sockets, r.threads_per_core, r.created_at, r.updated_at`,
		cells: (*ResourceRow).cells,
		key:   "r.id AS page_row",
		join:  "CROSS JOIN resources r WHERE r.id = p.page_row",
		from:  "resources r",
		order: newOrder(q.Sort, map[string]order{
			"id": {}, "type": {column: "r.type"}, "status": {column: "r.status"}, "account": {column: "r.owner_account_id"},
		}, "r.id"),
		slow: q.Text != "" && !q.Beginning || q.LicenseID == "none" || q.Without != "",
	}
	switch {
	case q.ofLicense():
		l.from = "associations a JOIN resources r ON r.id = a.resource_id"
		l.where.add("a.license_id = ?", q.LicenseID)
		if q.ID+q.Account+q.Type+q.Status == "" { // SQLite does not see that the ids of both are equal, and would sort
			l.key, l.order.key = "a.resource_id AS page_row", "a.resource_id"
		}
		if q.ID+q.Account+q.Type+q.Status+q.Text+q.Without+l.order.column == "" { // no resource need be looked at
			l.from = "associations a"
		}
	case q.LicenseID == "none":
		l.where.add("NOT EXISTS (SELECT 1 FROM associations n WHERE n.resource_id = r.id)")
	}
	if q.Without != "" {
		l.where.add("NOT EXISTS (SELECT 1 FROM associations n WHERE n.license_id = ? AND n.resource_id = r.id)", q.Without)
	}
	switch {
	case q.Text == "":
	case q.Beginning:
		ids, args := q.beginnings()
		l.where.add("r.id IN ("+ids+")", args...)
	default:
		pattern := likePattern(q.Text)
		l.where.add("("+s.like("r.id")+" OR "+s.like("r.arn")+" OR "+s.like("r.platform")+" OR "+s.like("r.instance_type")+" OR "+s.like("r.region")+" OR r.owner_account_id = ?)",
			pattern, pattern, pattern, pattern, pattern, q.Text)
	}
	if q.ID != "" {
		l.where.add("r.id = ?", q.ID)
	}
	if usage.ResourceType(q.Type).Valid() {
		l.where.add("r.type = ?", q.Type)
	}
	if q.Status != "" {
		l.where.add("r.status = ?", q.Status)
	}
	if q.Account != "" {
		l.where.add("r.owner_account_id = ?", q.Account)
	}
	return l
}

// beginnings selects the ids of resources whose id or ARN begins with a text, in
// lower or upper case: of each such range of an index as many as are counted.
func (q ResourceQuery) beginnings() (ids string, args []any) {
	var parts []string
	for _, r := range q.ranges() {
		parts = append(parts, "SELECT * FROM ("+r.ids+") part")
		args = append(append(args, r.args...), CountBound+1)
	}
	return strings.Join(parts, " UNION ALL "), args
}

// idRange is a query for ids out of one range of an index, without its limit.
type idRange struct {
	ids  string
	args []any
}

// ranges are where the search looks, one after the other. None has a resource
// of another.
func (q ResourceQuery) ranges() []idRange {
	var ids, arns []idRange
	apart := ""
	var others []any
	for _, text := range q.spellings() {
		ids = append(ids, q.byID(text))
		apart += " AND NOT (resources.id >= ? AND resources.id < ?)"
		others = append(others, text, beyond(text))
	}
	for _, text := range q.spellings() {
		if strings.HasPrefix(text, "arn:") {
			arns = append(arns, q.byARN(text, apart, others))
		}
	}
	return append(ids, arns...)
}

// spellings are the text as it is typed, and in one case throughout.
func (q ResourceQuery) spellings() []string {
	all := []string{q.Text}
	for _, text := range []string{strings.ToLower(q.Text), strings.ToUpper(q.Text)} {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

func (q ResourceQuery) byID(text string) idRange {
	if q.Account == "" {
		return idRange{"SELECT id FROM resources WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", []any{text, beyond(text)}}
	}
	return idRange{"SELECT id FROM resources WHERE owner_account_id = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?", []any{q.Account, text, beyond(text)}}
}

// accountsFirst finds the accounts that have resources, one after the other in
// the index, since reading all of it would take as long as there are resources.
const accountsFirst = `WITH RECURSIVE accounts (id) AS (
	SELECT min(owner_account_id) FROM resources
	UNION ALL
	SELECT (SELECT min(n.owner_account_id) FROM resources n WHERE n.owner_account_id > accounts.id) FROM accounts WHERE accounts.id IS NOT NULL
) `

// byARN needs an account for its index; those of all are asked in turn.
func (q ResourceQuery) byARN(text, apart string, others []any) idRange {
	const begins = "arn <> '' AND arn >= ? AND arn < ?"
	args := append([]any{text, beyond(text)}, others...)
	if q.Account == "" {
		return idRange{accountsFirst + "SELECT resources.id FROM accounts account CROSS JOIN resources WHERE owner_account_id = account.id AND " + begins + apart + " LIMIT ?", args}
	}
	return idRange{"SELECT id FROM resources WHERE owner_account_id = ? AND " + begins + apart + " ORDER BY arn LIMIT ?", append([]any{q.Account}, args...)}
}
