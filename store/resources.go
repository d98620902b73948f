package store

import (
	"context"
	"fmt"
	"time"

	"license-manager/store/usage"
)

// Resource returns a tracked resource.
func (s *Store) Resource(ctx context.Context, id string) (usage.Resource, error) {
	var r usage.Resource
	if err := s.query(ctx).Take(&r, "id = ?", id).Error; err != nil {
		return usage.Resource{}, translate(fmt.Errorf("resource %s: %w", id, err))
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
	err := s.query(ctx).Raw(`
SELECT a.license_id, l.name, l.counting_type, a.consumed, a.given, a.associated_at
FROM associations a JOIN licenses l ON l.id = a.license_id WHERE a.resource_id = ? ORDER BY l.name_key`, resourceID).Scan(&rows).Error
	return rows, translate(err)
}

// ResourceRow is a resource in a list, with one of the licenses that it uses.
type ResourceRow struct {
	usage.Resource
	LicenseID    string // empty if it uses none
	LicenseName  string
	Licenses     int64 // how many it uses
	Consumed     int64 // of all of them; of the license, where the list is of one
	AssociatedAt *time.Time
}

// ResourceQuery selects a page of resources.
type ResourceQuery struct {
	Text      string // beginning of the resource id, or part of ARN, platform, instance type
	Type      string // a usage.ResourceType; else any
	Status    string // AWS's own word; empty for any
	LicenseID string // of a license; empty for any, "none" for those that use none
	Account   string // of one account; empty for all
	Sort      string // id, type, status, account; "-" first for descending
	Page      int    // from 1
	Size      int
}

// CountBound is where exact counting ends: a list says "10,000+" then.
const CountBound = 10_000

// Resources returns a page of resources and how many match in all, counted
// up to CountBound + 1.
func (s *Store) Resources(ctx context.Context, q ResourceQuery) ([]ResourceRow, int64, error) {
	from, args := s.resourceConditions(q)
	var total int64
	count := "SELECT count(*) FROM (SELECT 1 " + from + " LIMIT ?) t"
	if err := s.query(ctx).Raw(count, append(args[:len(args):len(args)], CountBound+1)...).Scan(&total).Error; err != nil {
		return nil, 0, translate(err)
	}
	columns := `SELECT r.*, (SELECT count(*) FROM associations n WHERE n.resource_id = r.id) AS licenses, `
	if q.ofLicense() {
		columns += "a.license_id AS license_id, a.consumed AS consumed, a.associated_at AS associated_at, '' AS license_name "
	} else {
		columns += `(SELECT min(n.license_id) FROM associations n WHERE n.resource_id = r.id) AS license_id,
		(SELECT l.name FROM licenses l WHERE l.id = (SELECT min(n.license_id) FROM associations n WHERE n.resource_id = r.id)) AS license_name,
		coalesce((SELECT sum(n.consumed) FROM associations n WHERE n.resource_id = r.id), 0) AS consumed `
	}
	var rows []resourceScan
	query := columns + from + q.order() + " LIMIT ? OFFSET ?"
	err := s.query(ctx).Raw(query, append(args, q.Size, offset(q.Page, q.Size))...).Scan(&rows).Error
	out := make([]ResourceRow, len(rows))
	for i, row := range rows {
		out[i] = row.row()
	}
	return out, total, translate(err)
}

// resourceScan is a ResourceRow as SQL gives it: NULL where there is no license.
type resourceScan struct {
	usage.Resource
	LicenseID    *string
	LicenseName  *string
	Licenses     int64
	Consumed     int64
	AssociatedAt *time.Time
}

func (r resourceScan) row() ResourceRow {
	row := ResourceRow{Resource: r.Resource, Licenses: r.Licenses, Consumed: r.Consumed, AssociatedAt: r.AssociatedAt}
	if r.LicenseID != nil {
		row.LicenseID = *r.LicenseID
	}
	if r.LicenseName != nil {
		row.LicenseName = *r.LicenseName
	}
	return row
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
	if q.Text != "" {
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
	return from + whereAll(parts), args
}

func (q ResourceQuery) order() string {
	id := "r.id"
	if q.ofLicense() {
		id = "a.resource_id"
	}
	columns := map[string]string{"id": id, "type": "r.type", "status": "r.status", "account": "r.owner_account_id"}
	return orderBy(q.Sort, columns, id)
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
	err := s.query(ctx).Raw("SELECT count(*) FROM ("+rows+" LIMIT ?) t", append(args, CountBound+1)...).Scan(&n).Error
	return n, translate(err)
}
