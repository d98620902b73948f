package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// Comparison is a resource usage file that is to be compared with the one
// that its report published before.
type Comparison struct {
	Earlier, Later usage.File
}

// ClaimComparisons returns comparisons that are due, and puts them off until
// the moment given: what a process leaves undone is due again then. Of each up
// to limit files it settles those that have none before them about the same
// license. more tells that there may be others.
func (s *Store) ClaimComparisons(ctx context.Context, now, until time.Time, limit int) (claimed []Comparison, more bool, err error) {
	var waiting int64 // which is asked often, and mostly nothing does
	if err := s.db.Query(ctx).Raw("SELECT count(*) FROM (SELECT 1 FROM files WHERE compare_due_at <= ? LIMIT 1) t", db.UTC(now)).Scan(&waiting).Error; err != nil || waiting == 0 {
		return nil, false, db.Translate(err)
	}
	err = s.db.Tx(ctx, func(tx *gorm.DB) error {
		var due []usage.File
		query := s.db.SkipLocked("SELECT * FROM files WHERE compare_due_at <= ? ORDER BY compare_due_at LIMIT ?")
		if err := tx.Raw(query, db.UTC(now), limit).Scan(&due).Error; err != nil {
			return err
		}
		more = len(due) == limit
		for _, f := range due {
			earlier, err := fileBefore(tx, f)
			if err != nil {
				return err
			}
			f.CompareDueAt = nil
			if earlier.RunID != "" {
				f.CompareDueAt = utcPointer(until)
				claimed = append(claimed, Comparison{Earlier: earlier, Later: f})
			}
			if err := putComparison(tx, f); err != nil {
				return err
			}
		}
		return nil
	})
	return claimed, more, err
}

// fileBefore returns the file that was published before f; none if that is
// about another license.
func fileBefore(tx *gorm.DB, f usage.File) (usage.File, error) {
	var before []usage.File
	query := "SELECT * FROM files WHERE report_id = ? AND type = ? AND published_at < ? ORDER BY published_at DESC LIMIT 1"
	err := tx.Raw(query, f.ReportID, f.Type, f.PublishedAt).Scan(&before).Error
	if err != nil || len(before) == 0 || before[0].LicenseID != f.LicenseID {
		return usage.File{}, err
	}
	return before[0], nil
}

// RecordComparison stores what is known of a file against the one before, and
// when it is to be compared, if ever. Nothing is stored if another attempt has
// published the file anew since f was read: f tells of other rows.
func (s *Store) RecordComparison(ctx context.Context, f usage.File) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error { return putComparison(tx, f) })
}

func putComparison(tx *gorm.DB, f usage.File) error {
	const update = "UPDATE files SET compare_due_at = ?, compared_with = ?, added = ?, removed = ?, changed = ? WHERE run_id = ? AND type = ? AND published_at = ?"
	return tx.Exec(update, f.CompareDueAt, f.ComparedWith, f.Added, f.Removed, f.Changed, f.RunID, f.Type, f.PublishedAt).Error
}

// ComparableFiles returns the resource usage files that a report published
// last, the newest first.
func (s *Store) ComparableFiles(ctx context.Context, reportID string, limit int) ([]usage.File, error) {
	var files []usage.File
	query := "SELECT * FROM files WHERE report_id = ? AND type = ? AND published_at IS NOT NULL ORDER BY published_at DESC LIMIT ?"
	err := s.db.Query(ctx).Raw(query, reportID, usage.ResourceUsage, limit).Scan(&files).Error
	return files, db.Translate(err)
}

// Run returns a run of a report, without its files.
func (s *Store) Run(ctx context.Context, reportID, runID string) (usage.Run, error) {
	var run usage.Run
	if err := s.db.Query(ctx).Take(&run, "id = ? AND report_id = ?", runID, reportID).Error; err != nil {
		return usage.Run{}, db.Translate(fmt.Errorf("run %s of %s: %w", runID, reportID, err))
	}
	return run, nil
}

// ResourcesAmong returns which of a few resources are there, of one account
// or, if it is empty, of any.
func (s *Store) ResourcesAmong(ctx context.Context, ids []string, account string) (map[string]bool, error) {
	query := s.db.Query(ctx).Model(&usage.Resource{}).Where("id IN ?", ids)
	if account != "" {
		query = query.Where("owner_account_id = ?", account)
	}
	var found []string
	err := query.Pluck("id", &found).Error
	there := make(map[string]bool, len(found))
	for _, id := range found {
		there[id] = true
	}
	return there, db.Translate(err)
}
