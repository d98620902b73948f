package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// ReportConsumption returns the consumption that a report published between
// two moments, by the days of a zone, as long as it was about the license that
// it is about now.
func (s *Store) ReportConsumption(ctx context.Context, r usage.Report, from, to time.Time, zone *time.Location) (usage.History, error) {
	return consumptionHistory(s.db.Query(ctx).Where("report_id = ? AND license_id = ?", r.ID, r.LicenseID), from, to, zone)
}

// LicenseConsumption is ReportConsumption of all reports about a license.
func (s *Store) LicenseConsumption(ctx context.Context, licenseID string, from, to time.Time, zone *time.Location) (usage.History, error) {
	return licenseHistory(s.db.Query(ctx), licenseID, from, to, zone)
}

func licenseHistory(tx *gorm.DB, licenseID string, from, to time.Time, zone *time.Location) (usage.History, error) {
	return consumptionHistory(tx.Where("license_id = ?", licenseID), from, to, zone)
}

// consumptionHistory reads all points of a time, one after the other, from an index
// that has all that is read. Only days are kept.
func consumptionHistory(files *gorm.DB, from, to time.Time, zone *time.Location) (usage.History, error) {
	history := usage.NewHistory(zone)
	rows, err := files.Table("files").Select("published_at, consumed, license_count").
		Where("published_at > ? AND published_at <= ?", db.UTC(from), db.UTC(to)).Order("published_at").Rows()
	if err != nil {
		return history, db.Translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p usage.ConsumptionPoint
		if err := rows.Scan(&p.At, &p.Consumed, &p.Count); err != nil {
			return history, db.Translate(err)
		}
		history.Add(p)
	}
	return history, db.Translate(rows.Err())
}

// ForecastLimits looks at most limit licenses whose reports published
// something, or that were edited, since it looked last, and keeps when each
// reaches its license count: LicenseQuery finds them by it. It returns how
// many it looked at.
func (s *Store) ForecastLimits(ctx context.Context, now time.Time, limit int) (int, error) {
	now = db.UTC(now)
	var changed []struct {
		ID           string
		LicenseCount *int64
		Version      int64
	}
	query := `SELECT l.id, l.license_count, l.version FROM licenses l WHERE l.forecast_at IS NULL OR EXISTS
		(SELECT 1 FROM files f WHERE f.license_id = l.id AND f.published_at > l.forecast_at) LIMIT ?`
	if err := s.db.Query(ctx).Raw(query, limit).Scan(&changed).Error; err != nil {
		return 0, db.Translate(err)
	}
	for _, l := range changed {
		history, err := licenseHistory(s.db.Query(ctx), l.ID, now.Add(-usage.ForecastSpan), now, time.UTC)
		if err != nil {
			return 0, err
		}
		err = s.db.Tx(ctx, func(tx *gorm.DB) error {
			return keepForecast(tx, l.ID, l.Version, limitForecast(history, l.LicenseCount), now)
		})
		if err != nil {
			return 0, err
		}
	}
	return len(changed), nil
}

// forecast is when a license reaches its count.
type forecast struct {
	reached *time.Time // nil if it has no count, is over it, or shows no trend that comes to it
	weeks   int        // that were looked at
}

func limitForecast(history usage.History, count *int64) forecast {
	trend, grows := usage.NewForecast(history.Points())
	f := forecast{weeks: trend.Weeks}
	if !grows || count == nil || history.Last.Consumed >= *count {
		return f
	}
	if at, reaches := trend.Reaches(*count); reaches {
		f.reached = utcPointer(at)
	}
	return f
}

// keepForecast stores the forecast of a license, unless it was edited since that
// version: then it is looked at again.
func keepForecast(tx *gorm.DB, licenseID string, version int64, f forecast, now time.Time) error {
	return tx.Exec("UPDATE licenses SET limit_reached_at = ?, forecast_weeks = ?, forecast_at = ? WHERE id = ? AND version = ?",
		f.reached, f.weeks, now, licenseID, version).Error
}
