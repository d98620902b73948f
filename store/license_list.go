package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// LicenseRow is a license in a list, with what the list shows beside it.
type LicenseRow struct {
	usage.License
	Consumed   int64 // licenses
	Associated int64 // resources
	Reports    int64 // usage reports that are not deleted
}

// LicenseQuery selects a page of licenses. The zero value selects the first
// page of all, by name.
type LicenseQuery struct {
	Text   string // part of name, description or tag, whatever the case, or beginning of the id
	Status string // a LicenseStatuses; else any
	Sort   string // name, status, type, consumed, use (share of the count), reports, resources, expires, soonest (what the status tells); "-" first for descending
	Page   int    // from 1
	Size   int
	Now    time.Time
}

// What a list shows beside a license, each from an index: a join with sums
// over all licenses would read every counter for a single row.
const (
	consumedOf   = "l.used"
	associatedOf = "(SELECT CAST(coalesce(sum(c.associated), 0) AS bigint) FROM license_counters c WHERE c.license_id = l.id)"
	reportsOf    = "(SELECT count(*) FROM reports r WHERE r.license_id = l.id AND r.deleted_at IS NULL)"
	figuresOf    = consumedOf + " AS consumed, " + associatedOf + " AS associated, " + reportsOf + " AS reports"
)

// Licenses returns a page of licenses, the last one if there is none of that
// number, and how many match in all, counted up to CountBound + 1.
func (s *Store) Licenses(ctx context.Context, q LicenseQuery) ([]LicenseRow, int64, error) {
	return s.licenseList(q).page(ctx, q.Page, q.Size)
}

// EachLicense is EachReport for self-managed licenses.
func (s *Store) EachLicense(ctx context.Context, q LicenseQuery, fn func([]LicenseRow) error) error {
	return s.licenseList(q).each(ctx, func(rows []LicenseRow) error {
		if err := s.addTags(ctx, len(rows), func(i int) (string, *[]usage.Tag) { return rows[i].ID, &rows[i].Tags }); err != nil {
			return err
		}
		return fn(rows)
	})
}

// LicenseRow returns one license as in a list.
func (s *Store) LicenseRow(ctx context.Context, id string) (row LicenseRow, err error) {
	if row.License, err = s.License(ctx, id); err != nil {
		return LicenseRow{}, err
	}
	err = s.queryRow(ctx, []any{&row.Consumed, &row.Associated, &row.Reports}, "SELECT "+figuresOf+" FROM licenses l WHERE l.id = ?", id)
	return row, db.Translate(err)
}

// LicenseChoices returns the licenses that a new usage report or association
// may use: all that are not deactivated, by name. Their reports are not counted.
func (s *Store) LicenseChoices(ctx context.Context) ([]LicenseRow, error) {
	var rows []LicenseRow
	err := s.db.Query(ctx).Raw("SELECT l.*, "+consumedOf+" AS consumed, "+associatedOf+" AS associated FROM licenses l WHERE l.status = ? ORDER BY l.name_key", usage.LicenseAvailable).Scan(&rows).Error
	return rows, db.Translate(err)
}

// cells are where the columns of licenseList go.
func (r *LicenseRow) cells() []any {
	return []any{
		&r.ID, &r.ARN, &r.Name, &r.Description, &r.CountingType, &r.Count, &r.HardLimit, &r.Rules, &r.ExpiresAt, &r.Status, &r.OwnerAccountID,
		&r.CreatedAt, &r.CreatedBy, &r.UpdatedAt, &r.UpdatedBy, &r.LimitReachedAt, &r.Consumed, &r.Associated, &r.Reports,
	}
}

// licenseList describes the list of self-managed licenses.
func (s *Store) licenseList(q LicenseQuery) list[LicenseRow] {
	l := list[LicenseRow]{
		store: s,
		columns: `l.id, l.arn, l.name, l.description, l.counting_type, l.license_count, l.hard_limit, l.rules, l.expires_at, l.status, l.owner_account_id,
			l.created_at, l.created_by, l.updated_at, l.updated_by, l.limit_reached_at, ` + figuresOf,
		cells: (*LicenseRow).cells,
		key:   "l.id AS page_row",
		join:  "CROSS JOIN licenses l WHERE l.id = p.page_row",
		from:  "licenses l",
		order: licenseOrder(q),
		slow:  q.Text != "",
	}
	if q.Text != "" {
		text := normalize(q.Text)
		condition, pattern := s.contains("l.name_key")+" OR "+s.like("l.description")+" OR "+inAny("l.id", s.tagsLike()), likePattern(text)
		args := []any{usage.FoldName(text), pattern, pattern, pattern}
		if id := usage.IDIn(text); usage.BeginsLicenseID(id) {
			condition += " OR l.id >= ? AND l.id < ?"
			args = append(args, id, beyond(id))
		}
		l.where.add("("+condition+")", args...)
	}
	if condition, args := licenseStatus(q); condition != "" {
		l.where.add(condition, args...)
	}
	return l
}

// LicenseStatuses are what a list of licenses can be filtered by. A license may
// be several of them, but an available one is nothing else, and a deactivated
// one neither.
func LicenseStatuses() []string {
	return []string{"available", "high-use", "over-limit", "limit-reached", "expiring", "expired", "deactivated"}
}

// Soon is how far ahead a list of licenses looks for those that expire, and
// those that reach their limit.
const Soon = 30 * 24 * time.Hour

// What a license takes of its limit.
const (
	overLimit = consumedOf + " > l.license_count"
	highUse   = "l.license_count > 0 AND " + consumedOf + " <= l.license_count AND " + consumedOf + " * 100 >= l.license_count * 80"
)

func licenseStatus(q LicenseQuery) (string, []any) {
	const active = "l.status <> 'deactivated' AND "
	now := db.UTC(q.Now)
	switch q.Status {
	case "available":
		free := "(l.license_count IS NULL OR " + consumedOf + " <= l.license_count AND NOT (" + highUse + "))"
		return active + "(l.expires_at IS NULL OR l.expires_at > ?) AND " + free, []any{now}
	case "high-use":
		return active + highUse, nil
	case "over-limit":
		return active + overLimit, nil
	case "limit-reached":
		return active + "l.limit_reached_at <= ? AND NOT (" + overLimit + ")", []any{now.Add(Soon)}
	case "expiring":
		return active + "l.expires_at > ? AND l.expires_at <= ?", []any{now, now.Add(Soon)}
	case "expired":
		return active + "l.expires_at <= ?", []any{now}
	case "deactivated":
		return "l.status = 'deactivated'", nil
	default:
		return "", nil
	}
}

// licenseStates orders licenses as their states press: available, near the
// limit, over it, expired, deactivated.
const licenseStates = `CASE WHEN l.status = 'deactivated' THEN 4 WHEN l.expires_at <= ? THEN 3
	WHEN ` + consumedOf + ` > l.license_count THEN 2
	WHEN l.license_count > 0 AND ` + consumedOf + ` * 100 >= l.license_count * 80 THEN 1 ELSE 0 END`

// licenseOrder is how a list is sorted. A license that never expires comes after
// all that do.
func licenseOrder(q LicenseQuery) order {
	columns := map[string]order{
		"name":      {},
		"status":    {column: licenseStates, args: []any{db.UTC(q.Now)}},
		"type":      {column: "l.counting_type"},
		"consumed":  {column: consumedOf},
		"use":       {column: "l.share"},
		"reports":   {column: reportsOf},
		"resources": {column: associatedOf},
		"expires":   {column: "coalesce(l.expires_at, '9999-12-31')"},
	}
	switch q.Status {
	case "limit-reached":
		columns["soonest"] = order{column: "l.limit_reached_at"}
	case "expiring", "expired":
		columns["soonest"] = order{column: "l.expires_at"}
	}
	return newOrder(q.Sort, columns, "l.name_key")
}

// consumption reads the counters of a license.
func consumption(tx *gorm.DB, licenseID string) (usage.Consumption, error) {
	all, err := consumptions(tx, []string{licenseID})
	return all[licenseID], err
}

// consumptions is consumption for several licenses, by their id.
func consumptions(tx *gorm.DB, licenseIDs []string) (map[string]usage.Consumption, error) {
	var rows []struct {
		LicenseID    string
		ResourceType usage.ResourceType
		Associated   int64
		Consumed     int64
	}
	err := tx.Raw("SELECT license_id, resource_type, associated, consumed FROM license_counters WHERE license_id IN ?", db.AnyOf(licenseIDs)).Scan(&rows).Error
	all := make(map[string]usage.Consumption, len(licenseIDs))
	for _, id := range licenseIDs {
		all[id] = usage.Consumption{}
	}
	for _, row := range rows {
		all[row.LicenseID][row.ResourceType] = usage.TypeUsage{Associated: row.Associated, Consumed: row.Consumed}
	}
	return all, err
}

// Consumption returns what a license's resources take of it, by type.
func (s *Store) Consumption(ctx context.Context, licenseID string) (usage.Consumption, error) {
	c, err := consumption(s.db.Query(ctx), licenseID)
	return c, db.Translate(err)
}
