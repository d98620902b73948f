package store

import (
	"context"
	"strings"
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
	Sort   string // name, status, type, consumed, count, use (share of the count), reports, resources, expires, soonest (what the status tells); "-" first for descending
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
	figuresOf    = consumedOf + " AS consumed, " + associatedOf + " AS associated, " + reportsOf + " AS reports FROM licenses l"
	licenseRows  = "SELECT l.*, " + figuresOf
)

// Licenses returns a page of licenses and how many match in all, counted up to
// CountBound + 1.
func (s *Store) Licenses(ctx context.Context, q LicenseQuery) ([]LicenseRow, int64, error) {
	where, args := s.licenseConditions(q)
	rows, err := s.licenseRows(ctx, q)
	if err != nil {
		return nil, 0, db.Translate(err)
	}
	total, told := toldByPage(q.Page, q.Size, len(rows))
	if told {
		return rows, total, nil
	}
	count := "SELECT count(*) FROM (SELECT 1 FROM licenses l" + where + " LIMIT ?) t"
	err = s.db.Query(ctx).Raw(count, append(args, CountBound+1)...).Scan(&total).Error
	return rows, total, db.Translate(err)
}

// licenseRows reads the rows of a page.
func (s *Store) licenseRows(ctx context.Context, q LicenseQuery) ([]LicenseRow, error) {
	where, args := s.licenseConditions(q)
	order, values := licenseOrder(q)
	args = append(append(args, values...), q.Size, offset(q.Page, q.Size))
	var rows []LicenseRow
	err := s.db.Query(ctx).Raw(licenseRows+where+order+" LIMIT ? OFFSET ?", args...).Scan(&rows).Error
	return rows, err
}

// licenseIDs returns the ids of all licenses that q selects, in its order.
func (s *Store) licenseIDs(ctx context.Context, q LicenseQuery) ([]string, error) {
	where, args := s.licenseConditions(q)
	order, values := licenseOrder(q)
	var rows []struct{ ID string }
	err := s.db.Query(ctx).Raw("SELECT l.id, "+figuresOf+where+order, append(args, values...)...).Scan(&rows).Error
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, err
}

// LicenseRow returns one license as in a list.
func (s *Store) LicenseRow(ctx context.Context, id string) (LicenseRow, error) {
	l, err := s.License(ctx, id)
	if err != nil {
		return LicenseRow{}, err
	}
	var row LicenseRow
	err = s.db.Query(ctx).Raw(licenseRows+" WHERE l.id = ?", id).Scan(&row).Error
	row.License = l
	return row, db.Translate(err)
}

// LicenseChoices returns the licenses that a new usage report or association
// may use: all that are not deactivated, by name. Their reports are not counted.
func (s *Store) LicenseChoices(ctx context.Context) ([]LicenseRow, error) {
	var rows []LicenseRow
	err := s.db.Query(ctx).Raw("SELECT l.*, "+consumedOf+" AS consumed, "+associatedOf+" AS associated FROM licenses l WHERE l.status = ? ORDER BY l.name_key", usage.LicenseAvailable).Scan(&rows).Error
	return rows, db.Translate(err)
}

func (s *Store) licenseConditions(q LicenseQuery) (string, []any) {
	var parts []string
	var args []any
	if q.Text != "" {
		text := normalize(q.Text)
		pattern := likePattern(text)
		condition := s.contains("l.name_key") + " OR " + s.like("l.description") + " OR " + inAny("l.id", s.tagsLike())
		args = append(args, usage.FoldName(text), pattern, pattern, pattern)
		if id := usage.IDIn(text); usage.BeginsLicenseID(id) {
			condition += " OR l.id >= ? AND l.id < ?"
			args = append(args, id, beyond(id))
		}
		parts = append(parts, "("+condition+")")
	}
	if condition, values := licenseStatus(q); condition != "" {
		parts = append(parts, condition)
		args = append(args, values...)
	}
	return whereAll(parts), args
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

// licenseOrder is the ORDER BY of a list with its values. A license that never
// expires comes after all that do.
func licenseOrder(q LicenseQuery) (string, []any) {
	columns := map[string]string{
		"status": licenseStates, "type": "l.counting_type", "consumed": "consumed", "count": "coalesce(l.license_count, -1)", "use": "l.share",
		"reports": "reports", "resources": "associated", "expires": "coalesce(l.expires_at, '9999-12-31')",
	}
	switch q.Status {
	case "limit-reached":
		columns["soonest"] = "l.limit_reached_at"
	case "expiring", "expired":
		columns["soonest"] = "l.expires_at"
	}
	var values []any
	if strings.TrimPrefix(q.Sort, "-") == "status" {
		values = append(values, db.UTC(q.Now))
	}
	return newOrder(q.Sort, columns, "l.name_key").sql(), values
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
