package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// EnqueueDue makes one run for each of up to limit reports whose next slot
// has come, however many slots were missed, and moves them on along their
// grid. It returns how many.
func (s *Store) EnqueueDue(ctx context.Context, now time.Time, limit int) (int, error) {
	now = utc(now)
	var due []usage.Report
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		query := s.skipLocked("SELECT * FROM reports WHERE next_run_at <= ? ORDER BY next_run_at LIMIT ?")
		if err := tx.Raw(query, now, limit).Scan(&due).Error; err != nil || len(due) == 0 {
			return err
		}
		if err := s.enqueue(tx, due, now); err != nil {
			return fmt.Errorf("enqueue %d usage reports: %w", len(due), err)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(due), nil
}

func (s *Store) enqueue(tx *gorm.DB, due []usage.Report, now time.Time) error {
	ids, runs := make([]string, len(due)), make([]usage.Run, len(due))
	for i, r := range due {
		run := newRun(r, usage.TriggerScheduled, utc(r.Frequency.Last(r.GridStart, now)))
		run.CreatedAt, run.NextAttemptAt = now, &now
		ids[i], runs[i] = r.ID, run
	}
	if err := supersede(tx, "A newer report took its place.", ids...); err != nil {
		return err
	}
	if err := insertRuns(tx, runs...); err != nil {
		return err
	}
	return s.moveOn(tx, due, now)
}

// moveOn gives each report its next slot after now.
func (s *Store) moveOn(tx *gorm.DB, reports []usage.Report, now time.Time) error {
	row := "(?, ?),"
	if s.dialect == postgresDialect {
		row = "(?, CAST(? AS timestamptz)),"
	}
	slots := make([]any, 0, 2*len(reports))
	for _, r := range reports {
		slots = append(slots, r.ID, utc(r.Frequency.Next(r.GridStart, now)))
	}
	update := "WITH slots (id, slot) AS (VALUES " + strings.TrimSuffix(strings.Repeat(row, len(reports)), ",") +
		") UPDATE reports SET next_run_at = slots.slot FROM slots WHERE reports.id = slots.id"
	return tx.Exec(update, slots...).Error
}
