package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// consumptionPoints is how many points of consumption are read of any time:
// more are not told apart in a drawing.
const consumptionPoints = 120

// ReportConsumption returns the consumption that a report published between
// two moments, in the order of time, as long as it was about the license that
// it is about now.
func (s *Store) ReportConsumption(ctx context.Context, r usage.Report, from, to time.Time) ([]usage.ConsumptionPoint, error) {
	return consumptionBetween(s.query(ctx), "report_id = ? AND license_id = ?", []any{r.ID, r.LicenseID}, from, to)
}

// LicenseConsumption is ReportConsumption of all reports about a license.
func (s *Store) LicenseConsumption(ctx context.Context, licenseID string, from, to time.Time) ([]usage.ConsumptionPoint, error) {
	return consumptionBetween(s.query(ctx), "license_id = ?", []any{licenseID}, from, to)
}

// consumptionBetween reads the first point of a time, from which its change
// counts, and then the last of each part.
func consumptionBetween(db *gorm.DB, which string, key []any, from, to time.Time) ([]usage.ConsumptionPoint, error) {
	points, err := consumptionIn(db, which, key, moments(from, to, consumptionPoints))
	if err != nil || len(points) == 0 {
		return points, err
	}
	var first usage.ConsumptionPoint
	query := "SELECT published_at AS at, consumed, license_count AS count FROM files WHERE " + which + " AND published_at > ? ORDER BY published_at LIMIT 1"
	if err := db.Raw(query, append(slices.Clone(key), utc(from))...).Scan(&first).Error; err != nil {
		return nil, translate(err)
	}
	if first.Consumed != points[0].Consumed {
		points = slices.Insert(points, 0, first)
	}
	return points, nil
}

// moments are the ends of n equal parts of a time, after its beginning.
func moments(from, to time.Time, n int) []time.Time {
	all := []time.Time{utc(from)}
	for i := 1; i <= n; i++ {
		all = append(all, utc(from.Add(to.Sub(from)*time.Duration(i)/time.Duration(n))))
	}
	return all
}

// consumptionIn reads the last point of each part, by one look into an index
// for each: how many files were published does not count.
func consumptionIn(db *gorm.DB, which string, key []any, ends []time.Time) ([]usage.ConsumptionPoint, error) {
	query := "SELECT * FROM (SELECT published_at AS at, consumed, license_count AS count FROM files WHERE " + which +
		" AND published_at > ? AND published_at <= ? ORDER BY published_at DESC LIMIT 1) AS part"
	var parts []string
	var args []any
	for i := range len(ends) - 1 {
		parts = append(parts, query)
		args = append(append(args, key...), ends[i], ends[i+1])
	}
	var points []usage.ConsumptionPoint
	err := db.Raw(strings.Join(parts, " UNION ALL ")+" ORDER BY at", args...).Scan(&points).Error
	return points, translate(err)
}

// How far back a license's trend looks, and in how many parts.
const (
	trendSpan  = 30 * 24 * time.Hour
	trendParts = 30
)

// ForeseeLimits looks at most limit licenses whose reports published
// something, or that were edited, since it looked last, and keeps when each
// reaches its license count: LicenseQuery finds them by it. It returns how
// many it looked at.
func (s *Store) ForeseeLimits(ctx context.Context, now time.Time, limit int) (int, error) {
	now = utc(now)
	var changed []struct {
		ID           string
		LicenseCount *int64
		Version      int64
	}
	query := `SELECT l.id, l.license_count, l.version FROM licenses l WHERE l.foreseen_at IS NULL OR EXISTS
		(SELECT 1 FROM files f WHERE f.license_id = l.id AND f.published_at > l.foreseen_at) LIMIT ?`
	if err := s.query(ctx).Raw(query, limit).Scan(&changed).Error; err != nil {
		return 0, translate(err)
	}
	for _, l := range changed {
		reached, err := foresee(s.query(ctx), l.ID, l.LicenseCount, now)
		if err != nil {
			return 0, err
		}
		err = s.inTx(ctx, func(tx *gorm.DB) error { return keepForesight(tx, l.ID, l.Version, reached, now) })
		if err != nil {
			return 0, err
		}
	}
	return len(changed), nil
}

// keepForesight stores what was foreseen of a license, unless it was edited since
// that version: then it is looked at again.
func keepForesight(tx *gorm.DB, licenseID string, version int64, reached *time.Time, now time.Time) error {
	return tx.Exec("UPDATE licenses SET limit_reached_at = ?, foreseen_at = ? WHERE id = ? AND version = ?", reached, now, licenseID, version).Error
}

// foresee returns when a license reaches its count, nil if it has none, is
// over it, or does not come near it.
func foresee(db *gorm.DB, licenseID string, count *int64, now time.Time) (*time.Time, error) {
	if count == nil {
		return nil, nil
	}
	points, err := consumptionIn(db, "license_id = ?", []any{licenseID}, moments(now.Add(-trendSpan), now, trendParts))
	if err != nil || len(points) == 0 || points[len(points)-1].Consumed >= *count {
		return nil, err
	}
	trend, grows := usage.NewTrend(points)
	if !grows {
		return nil, nil
	}
	reached, tell := trend.Reaches(*count)
	if !tell {
		return nil, nil
	}
	return utcPointer(reached), nil
}
