package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// SampleInUseError says which data that is no sample depends on the sample
// data. It is ErrInUse.
type SampleInUseError struct {
	Reports   []usage.Report  // on sample licenses, the first few by name: id and name
	ReportsN  int64           // all of them
	Licenses  []usage.License // that sample resources use, the first few by name: id and name
	Resources []string        // that use sample licenses: the first few ids
}

// Error counts what depends on the sample data.
func (e *SampleInUseError) Error() string {
	return fmt.Sprintf("sample data: %d usage reports, licenses and resources of others: %v", e.ReportsN, ErrInUse)
}

// Unwrap makes the error an ErrInUse.
func (e *SampleInUseError) Unwrap() error { return ErrInUse }

// The parts of conditions that are about sample data.
const (
	isSampleLicense  = " IN (SELECT id FROM samples WHERE kind = 'license')"
	isSampleResource = " IN (SELECT id FROM samples WHERE kind = 'resource')"
	isSampleReport   = " IN (SELECT id FROM samples WHERE kind = 'report')"
)

// SampleUse returns what keeps the sample data from being removed, nil if
// nothing does.
func (s *Store) SampleUse(ctx context.Context) (*SampleInUseError, error) {
	use, err := sampleUse(s.db.Query(ctx))
	return use, db.Translate(err)
}

func sampleUse(tx *gorm.DB) (*SampleInUseError, error) {
	use := &SampleInUseError{}
	own := "FROM reports WHERE deleted_at IS NULL AND license_id" + isSampleLicense + " AND NOT id" + isSampleReport
	if err := tx.Raw("SELECT count(*) " + own).Scan(&use.ReportsN).Error; err != nil {
		return nil, err
	}
	if err := tx.Raw("SELECT id, name "+own+" ORDER BY name_key LIMIT ?", reportsNamed).Scan(&use.Reports).Error; err != nil {
		return nil, err
	}
	licenses := "SELECT id, name FROM licenses WHERE NOT id" + isSampleLicense +
		" AND id IN (SELECT license_id FROM associations WHERE resource_id" + isSampleResource + ") ORDER BY name_key LIMIT ?"
	if err := tx.Raw(licenses, reportsNamed).Scan(&use.Licenses).Error; err != nil {
		return nil, err
	}
	resources := "SELECT DISTINCT resource_id FROM associations WHERE license_id" + isSampleLicense +
		" AND NOT resource_id" + isSampleResource + " ORDER BY resource_id LIMIT ?"
	if err := tx.Raw(resources, reportsNamed).Scan(&use.Resources).Error; err != nil {
		return nil, err
	}
	if use.ReportsN == 0 && len(use.Licenses) == 0 && len(use.Resources) == 0 {
		return nil, nil
	}
	return use, nil
}

// RemoveSample removes the sample data without a trace, and plans the deletion
// of its files in the bucket, and of a bucket that was made for them;
// *SampleInUseError if other data depends on it. It returns false if there is
// no sample data.
func (s *Store) RemoveSample(ctx context.Context, act usage.Act) (bool, error) {
	removed := false
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockSample(tx); err != nil {
			return err
		}
		use, err := sampleUse(tx)
		if err != nil {
			return err
		}
		if use != nil {
			return use
		}
		if err := discardSampleFiles(tx, db.UTC(act.At)); err != nil {
			return err
		}
		result := tx.Exec("DELETE FROM samples WHERE kind = ?", sampleEstate)
		if result.Error != nil || result.RowsAffected == 0 {
			return result.Error
		}
		removed = true
		if err := discardSampleBucket(tx, act); err != nil {
			return err
		}
		if err := deleteSample(tx); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "removed", Noun: "sample data"})
	})
	return removed, err
}

// lockSample makes tx the only one that changes the sample data or what
// depends on it, with the locks in their order everywhere: associations,
// reports, licenses.
func (s *Store) lockSample(tx *gorm.DB) error {
	if err := s.lockForImport(tx); err != nil {
		return err
	}
	for _, rows := range []string{"reports WHERE id" + isSampleReport, "licenses WHERE id" + isSampleLicense} {
		var locked []string
		if err := tx.Raw(s.db.ForUpdate("SELECT id FROM " + rows + " ORDER BY id")).Scan(&locked).Error; err != nil {
			return err
		}
	}
	return nil
}

// lateWrite is how long after the removal a worker may still write a file: it
// notices within its lease.
const lateWrite = 2 * time.Minute

// filesOfSample are the files of sample reports: those that were published, and
// those of runs that were not.
func filesOfSample(tx *gorm.DB) ([]usage.File, error) {
	var files []usage.File
	if err := tx.Find(&files, "report_id"+isSampleReport).Error; err != nil {
		return nil, err
	}
	var open []usage.Run
	if err := tx.Find(&open, "state <> ? AND report_id"+isSampleReport, usage.RunSucceeded).Error; err != nil {
		return nil, err
	}
	for _, run := range open {
		files = append(files, run.WithFiles().Files...)
	}
	return files, nil
}

// discardSampleFiles plans the deletion of all files of sample reports. One
// that is not published may have been written partly, or be on its way now.
func discardSampleFiles(tx *gorm.DB, now time.Time) error {
	files, err := filesOfSample(tx)
	if err != nil {
		return err
	}
	var bucket string
	if err := tx.Raw("SELECT bucket FROM settings WHERE id = 1").Scan(&bucket).Error; err != nil {
		return err
	}
	var discards []Discard
	for _, f := range files {
		d := Discard{Bucket: f.Bucket, Key: f.Key, DueAt: now}
		if !f.Published() {
			d.Bucket, d.AgainAt = bucket, utcPointer(now.Add(lateWrite))
		}
		if d.Bucket != "" {
			discards = append(discards, d)
		}
	}
	return addDiscards(tx, discards)
}

// deleteSample deletes every row of the sample data, the dependent ones first.
func deleteSample(tx *gorm.DB) error {
	for _, from := range []string{
		"files WHERE report_id" + isSampleReport,
		"runs WHERE report_id" + isSampleReport,
		"tags WHERE owner_id" + isSampleReport,
		"tags WHERE owner_id" + isSampleLicense,
		"activities WHERE object_id IN (SELECT id FROM samples WHERE kind <> 'bucket')",
		"reports WHERE id" + isSampleReport,
		"associations WHERE license_id" + isSampleLicense,
		"license_counters WHERE license_id" + isSampleLicense,
		"licenses WHERE id" + isSampleLicense,
		"resources WHERE id" + isSampleResource,
		"samples",
	} {
		if err := tx.Exec("DELETE FROM " + from).Error; err != nil {
			return err
		}
	}
	return nil
}
