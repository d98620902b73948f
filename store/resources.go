package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// Resource returns a tracked resource.
func (s *Store) Resource(ctx context.Context, id string) (usage.Resource, error) {
	var r usage.Resource
	if err := s.db.Query(ctx).Take(&r, "id = ?", id).Error; err != nil {
		return usage.Resource{}, db.Translate(fmt.Errorf("resource %s: %w", id, err))
	}
	return r, nil
}

// ResourceLicense is a license that a resource uses.
type ResourceLicense struct {
	LicenseID    string
	Name         string
	CountingType usage.CountingType
	Consumed     int64
	Given        *int64
	AssociatedAt time.Time
}

// ResourceLicenses returns the licenses that a resource uses, by name.
func (s *Store) ResourceLicenses(ctx context.Context, resourceID string) ([]ResourceLicense, error) {
	var rows []ResourceLicense
	err := s.db.Query(ctx).Raw(`
SELECT a.license_id, l.name, l.counting_type, a.consumed, a.given, a.associated_at
FROM associations a JOIN licenses l ON l.id = a.license_id WHERE a.resource_id = ? ORDER BY l.name_key`, resourceID).Scan(&rows).Error
	return rows, db.Translate(err)
}

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
	Type      string // a usage.ResourceType; else any
	Status    string // AWS's own word; empty for any
	LicenseID string // of a license; empty for any, "none" for those that use none
	Without   string // not of the license with this id; empty for any
	Account   string // of one account; empty for all
	Sort      string // id, type, status, account; "-" first for descending
	Page      int    // from 1
	Size      int
	Beside
	Known int64 // how many matched a moment ago; taken as it is if it is above CountBound

	place []any // only what comes after it in the order; nil for all
}

// CountBound is where exact counting ends: a list says "10,000+" then.
const CountBound = 10_000

// searchPatience is how long resources are searched for a part of a text,
// unless Options say otherwise: some hundred thousand are looked at meanwhile.
const searchPatience = 2 * time.Second

// Resources returns a page of resources and how many match in all, counted
// up to CountBound + 1. ErrSlow means that Text has to be looked for in too
// many resources; it can still be found at a Beginning.
func (s *Store) Resources(ctx context.Context, q ResourceQuery) ([]ResourceRow, int64, error) {
	if q.Text == "" || q.Beginning {
		return s.resourcesPage(ctx, q)
	}
	patient, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	rows, total, err := s.resourcesPage(patient, q)
	if err != nil && patient.Err() != nil && ctx.Err() == nil {
		return nil, 0, fmt.Errorf("resources with “%s”: %w", q.Text, ErrSlow)
	}
	return rows, total, err
}

func (s *Store) resourcesPage(ctx context.Context, q ResourceQuery) ([]ResourceRow, int64, error) {
	rows, err := s.resourcesBeside(ctx, q)
	if errors.Is(err, ErrNotFound) { // the row that it is beside
		q.Beside = Beside{}
		rows, err = s.resourcesBeside(ctx, q)
	}
	if err != nil {
		return nil, 0, db.Translate(err)
	}
	total, ok := toldByPage(q.Page, q.Size, len(rows))
	if ok = ok && q.row() == ""; !ok && q.Known > CountBound {
		return rows, q.Known, nil
	}
	q.Beside = Beside{}
	from, args := s.resourceConditions(q)
	if !ok {
		count := "SELECT count(*) FROM (SELECT 1 " + q.counted(from) + " LIMIT ?) t"
		if err := s.db.Query(ctx).Raw(count, append(args, CountBound+1)...).Scan(&total).Error; err != nil {
			return nil, 0, db.Translate(err)
		}
	}
	return rows, total, nil
}

// resourcesBeside reads the rows of a page; ErrNotFound if that is beside a row
// which is not there.
func (s *Store) resourcesBeside(ctx context.Context, q ResourceQuery) ([]ResourceRow, error) {
	if q.row() == "" {
		return s.resourceRows(ctx, q, q.Size, offset(q.Page, q.Size))
	}
	return beside(q.Beside, func(id string) ([]any, error) { return s.resourcePlace(ctx, q, id) }, func(place []any) ([]ResourceRow, error) {
		q.place = place
		return s.resourceRows(ctx, q, q.Size, 0)
	})
}

// counted is what is counted for a list. All resources of a license are its
// associations: no resource need be looked at.
func (q ResourceQuery) counted(from string) string {
	if q.ofLicense() && q.Text+q.Type+q.Status+q.Without+q.Account == "" {
		return "FROM associations a WHERE a.license_id = ?"
	}
	return from
}

// resourceRows reads rows of a list with the licenses that they use.
func (s *Store) resourceRows(ctx context.Context, q ResourceQuery, limit, offset int) ([]ResourceRow, error) {
	from, args := s.resourceConditions(q)
	var resources []usage.Resource
	query := "SELECT r.* " + from + q.order().sql() + " LIMIT ? OFFSET ?"
	if err := s.db.Query(ctx).Raw(query, append(args, limit, offset)...).Scan(&resources).Error; err != nil {
		return nil, err
	}
	return s.withLicenses(ctx, resources, q)
}

// withLicenses adds the licenses that resources of a list use, at most 10 each.
func (s *Store) withLicenses(ctx context.Context, resources []usage.Resource, q ResourceQuery) ([]ResourceRow, error) {
	rows := make([]ResourceRow, len(resources))
	at, ids := make(map[string]int, len(resources)), make([]string, len(resources))
	for i, r := range resources {
		rows[i].Resource, at[r.ID], ids[i] = r, i, r.ID
	}
	if len(ids) == 0 {
		return rows, nil
	}
	var uses []struct {
		ResourceLicense
		ResourceID string
	}
	err := s.db.Query(ctx).Raw(`
SELECT a.resource_id, a.license_id, l.name, l.counting_type, a.consumed, a.given, a.associated_at
FROM associations a JOIN licenses l ON l.id = a.license_id WHERE a.resource_id IN ? ORDER BY l.name_key`, ids).Scan(&uses).Error
	for _, u := range uses {
		rows[at[u.ResourceID]].add(u.ResourceLicense, q)
	}
	return rows, err
}

// add counts a license that the resource uses.
func (r *ResourceRow) add(u ResourceLicense, q ResourceQuery) {
	r.Licenses++
	if q.ofLicense() && u.LicenseID != q.LicenseID {
		return
	}
	r.Consumed += u.Consumed
	if r.LicenseID == "" {
		r.LicenseID, r.LicenseName, r.AssociatedAt = u.LicenseID, u.Name, &u.AssociatedAt
	}
}

func (q ResourceQuery) ofLicense() bool { return usage.IsLicenseID(q.LicenseID) }

func (s *Store) resourceConditions(q ResourceQuery) (string, []any) {
	from := "FROM resources r"
	var parts []string
	var args []any
	add := func(condition string, values ...any) {
		parts = append(parts, condition)
		args = append(args, values...)
	}
	switch {
	case q.ofLicense():
		from = "FROM associations a JOIN resources r ON r.id = a.resource_id"
		add("a.license_id = ?", q.LicenseID)
	case q.LicenseID == "none":
		add("NOT EXISTS (SELECT 1 FROM associations n WHERE n.resource_id = r.id)")
	}
	if q.Without != "" {
		add("NOT EXISTS (SELECT 1 FROM associations n WHERE n.license_id = ? AND n.resource_id = r.id)", q.Without)
	}
	switch {
	case q.Text == "":
	case q.Beginning:
		condition, values := ResourceSearch{Text: q.Text, Account: q.Account}.condition()
		add("r.id IN ("+condition+")", values...)
	default:
		pattern := likePattern(q.Text)
		add("("+s.like("r.id")+" OR "+s.like("r.arn")+" OR "+s.like("r.platform")+" OR "+s.like("r.instance_type")+" OR "+s.like("r.region")+" OR r.owner_account_id = ?)",
			pattern, pattern, pattern, pattern, pattern, q.Text)
	}
	if usage.ResourceType(q.Type).Valid() {
		add("r.type = ?", q.Type)
	}
	if q.Status != "" {
		add("r.status = ?", q.Status)
	}
	if q.Account != "" {
		add("r.owner_account_id = ?", q.Account)
	}
	if q.place != nil {
		condition, values := q.order().after(q.place)
		add(condition, values...)
	}
	return from + whereAll(parts), args
}

// order names the id in the table that is read in its order: SQLite does not
// see that those of the two are equal, and would sort all that match.
// The page before a row is read from the end.
func (q ResourceQuery) order() order {
	id := "r.id"
	if q.ofLicense() && q.Account == "" && q.Type == "" && q.Status == "" {
		id = "a.resource_id"
	}
	columns := columnsOf(resourceOrders())
	columns["id"] = id
	o := newOrder(q.Sort, columns, id)
	if q.Before != "" {
		return o.reversed()
	}
	return o
}

// resourceOrders are reportOrders for resources, which are sorted by their ids else.
func resourceOrders() map[string]sortColumn[ResourceRow] {
	return map[string]sortColumn[ResourceRow]{
		"type":    {"r.type", func(r ResourceRow) any { return string(r.Type) }},
		"status":  {"r.status", func(r ResourceRow) any { return r.Status }},
		"account": {"r.owner_account_id", func(r ResourceRow) any { return r.OwnerAccountID }},
	}
}

// placeOf is where a row that was read is in the order of the list.
func (q ResourceQuery) placeOf(r ResourceRow) []any {
	return placeOf(resourceOrders(), q.Sort, r, r.ID)
}

// CountResources returns how many resources there are, of one account or, if
// it is empty, of all; counted up to CountBound + 1.
func (s *Store) CountResources(ctx context.Context, account string) (int64, error) {
	if account == "" {
		return s.countResources(ctx, "SELECT 1 FROM resources")
	}
	return s.countResources(ctx, "SELECT 1 FROM resources WHERE owner_account_id = ?", account)
}

// CountForeignResources returns how many resources belong to other accounts;
// counted up to CountBound + 1. Two ranges of the index, since "<>" would
// scan all of it.
func (s *Store) CountForeignResources(ctx context.Context, account string) (int64, error) {
	const foreign = "SELECT 1 FROM resources WHERE owner_account_id < ? UNION ALL SELECT 1 FROM resources WHERE owner_account_id > ?"
	return s.countResources(ctx, foreign, account, account)
}

func (s *Store) countResources(ctx context.Context, rows string, args ...any) (int64, error) {
	var n int64
	err := s.db.Query(ctx).Raw("SELECT count(*) FROM ("+rows+" LIMIT ?) t", append(args, CountBound+1)...).Scan(&n).Error
	return n, db.Translate(err)
}

// statusesListed is how many statuses a list of resources can be filtered by.
const statusesListed = 50

// ResourceStatuses returns the statuses that resources have, in order: AWS's
// own words. The index is asked for one after the other, since reading all of
// it would take as long as there are resources.
func (s *Store) ResourceStatuses(ctx context.Context) ([]string, error) {
	var statuses []string
	err := s.db.Query(ctx).Raw(`
WITH RECURSIVE found (status) AS (
	SELECT min(status) FROM resources WHERE status > ''
	UNION ALL
	SELECT (SELECT min(r.status) FROM resources r WHERE r.status > found.status) FROM found WHERE found.status IS NOT NULL
)
SELECT status FROM found WHERE status IS NOT NULL LIMIT ?`, statusesListed).Scan(&statuses).Error
	return statuses, db.Translate(err)
}
