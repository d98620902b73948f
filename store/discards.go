package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// Discard is an object in a bucket that is to be deleted, or the bucket itself.
// Only those of sample data ever are.
type Discard struct {
	Bucket  string     `gorm:"primaryKey"`
	Key     string     `gorm:"primaryKey"` // empty for the bucket
	DueAt   time.Time  // from when on it may be deleted
	AgainAt *time.Time // when to delete it once more: somebody may be writing it still
}

// discardBatch is how many rows of discards one statement writes.
const discardBatch = 500

// DueDiscards returns up to limit objects that are to be deleted now. A bucket
// is not before all of its objects are gone.
func (s *Store) DueDiscards(ctx context.Context, now time.Time, limit int) ([]Discard, error) {
	var due []Discard
	const query = `SELECT * FROM discards WHERE due_at <= ? AND (key <> '' OR NOT EXISTS
		(SELECT 1 FROM discards object WHERE object.bucket = discards.bucket AND object.key <> '')) ORDER BY due_at LIMIT ?`
	err := s.db.Query(ctx).Raw(query, db.UTC(now), limit).Scan(&due).Error
	return due, db.Translate(err)
}

// FinishDiscards records that objects are deleted.
func (s *Store) FinishDiscards(ctx context.Context, done []Discard) error {
	return s.eachDiscard(ctx, done, func(tx *gorm.DB, d Discard) error {
		if d.AgainAt != nil {
			return tx.Exec("UPDATE discards SET due_at = again_at, again_at = NULL WHERE bucket = ? AND key = ?", d.Bucket, d.Key).Error
		}
		return tx.Exec("DELETE FROM discards WHERE bucket = ? AND key = ?", d.Bucket, d.Key).Error
	})
}

// PostponeDiscards puts off what could not be deleted.
func (s *Store) PostponeDiscards(ctx context.Context, failed []Discard, until time.Time) error {
	return s.eachDiscard(ctx, failed, func(tx *gorm.DB, d Discard) error {
		return tx.Exec("UPDATE discards SET due_at = ? WHERE bucket = ? AND key = ?", db.UTC(until), d.Bucket, d.Key).Error
	})
}

// eachDiscard does something for each in one transaction.
func (s *Store) eachDiscard(ctx context.Context, discards []Discard, do func(*gorm.DB, Discard) error) error {
	if len(discards) == 0 {
		return nil
	}
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		for _, d := range discards {
			if err := do(tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// addDiscards plans the deletion of objects, or plans it anew.
func addDiscards(tx *gorm.DB, discards []Discard) error {
	return tx.Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(discards, discardBatch).Error
}

// discardsOf plans the deletion of files at a moment.
func discardsOf(files []usage.File, due time.Time) []Discard {
	discards := make([]Discard, len(files))
	for i, f := range files {
		discards[i] = Discard{Bucket: f.Bucket, Key: f.Key, DueAt: db.UTC(due)}
	}
	return discards
}

// keepObjects gives up the deletion of files.
func keepObjects(tx *gorm.DB, files []usage.File) error {
	for _, f := range files {
		if err := tx.Exec("DELETE FROM discards WHERE bucket = ? AND key = ?", f.Bucket, f.Key).Error; err != nil {
			return err
		}
	}
	return nil
}
