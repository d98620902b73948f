package store

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// The bucket that the loading of sample data made goes with the data, unless it
// is used for something else by then. Until the loading has come to its end its
// deletion is planned like that of its objects.

// postponeBucketDiscard plans the deletion of a bucket that was just made. One
// that is to be deleted after an earlier removal is needed again.
func postponeBucketDiscard(tx *gorm.DB, d Discard, made bool) error {
	if made {
		return addDiscards(tx, []Discard{d})
	}
	return tx.Exec("UPDATE discards SET due_at = ? WHERE bucket = ? AND key = ''", d.DueAt, d.Bucket).Error
}

// keepSampleBucket gives up the deletion of the bucket that files are in, and
// remembers that it belongs to the sample data.
func keepSampleBucket(tx *gorm.DB, files []usage.File) error {
	if len(files) == 0 {
		return nil
	}
	result := tx.Exec("DELETE FROM discards WHERE bucket = ? AND key = ''", files[0].Bucket)
	if result.Error != nil || result.RowsAffected == 0 {
		return result.Error
	}
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&sampleRow{sampleBucket, files[0].Bucket}).Error
}

// discardSampleBucket plans the deletion of the bucket of the sample data.
func discardSampleBucket(tx *gorm.DB, act usage.Act) error {
	var made []string
	if err := tx.Raw("SELECT id FROM samples WHERE kind = ?", sampleBucket).Scan(&made).Error; err != nil {
		return err
	}
	for _, name := range made {
		if err := addDiscards(tx, []Discard{{Bucket: name, DueAt: db.UTC(act.At)}}); err != nil {
			return err
		}
	}
	return nil
}

// ReleaseBucket forgets a bucket that was made for sample data, before it is
// deleted. It returns false, and the bucket must stay, if usage reports are
// published to it or an administrator has chosen it.
func (s *Store) ReleaseBucket(ctx context.Context, name string) (bool, error) {
	var kept int64
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		update := `UPDATE settings SET bucket = '', bucket_ready = ?, bucket_created = ?, checked_at = NULL, check_failure = '', version = version + 1
			WHERE id = 1 AND bucket = ? AND bucket_created AND NOT EXISTS (SELECT 1 FROM reports WHERE deleted_at IS NULL)`
		if err := tx.Exec(update, false, false, name).Error; err != nil {
			return err
		}
		return tx.Raw("SELECT count(*) FROM settings WHERE bucket = ?", name).Scan(&kept).Error
	})
	return err == nil && kept == 0, err
}

// BucketDeleted removes what was recorded about a bucket that ReleaseBucket
// has forgotten.
func (s *Store) BucketDeleted(ctx context.Context, name string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM activities WHERE object_id = ?", name).Error
	})
}

// ReclaimBucket undoes ReleaseBucket for a bucket that could not be deleted,
// unless there is another one by now.
func (s *Store) ReclaimBucket(ctx context.Context, name string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		update := "UPDATE settings SET bucket = ?, bucket_ready = ?, bucket_created = ?, version = version + 1 WHERE id = 1 AND bucket = ''"
		return tx.Exec(update, name, true, true).Error
	})
}
