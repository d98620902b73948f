package store

import (
	"context"
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

// CountResources returns how many resources there are, of one account or, if
// it is empty, of all; counted up to CountBound + 1.
func (s *Store) CountResources(ctx context.Context, account string) (int64, error) {
	if account == "" {
		return s.count(ctx, "SELECT 1 FROM resources")
	}
	return s.count(ctx, "SELECT 1 FROM resources WHERE owner_account_id = ?", account)
}

// CountForeignResources returns how many resources belong to other accounts;
// counted up to CountBound + 1. Two ranges of the index, since "<>" would
// scan all of it.
func (s *Store) CountForeignResources(ctx context.Context, account string) (int64, error) {
	const foreign = "SELECT 1 FROM resources WHERE owner_account_id < ? UNION ALL SELECT 1 FROM resources WHERE owner_account_id > ?"
	return s.count(ctx, foreign, account, account)
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
