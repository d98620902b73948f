package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"license-manager/store/db"
	"license-manager/store/sample"
	"license-manager/store/usage"
)

// sampleRow is one thing that belongs to the sample data.
type sampleRow struct {
	Kind string `gorm:"primaryKey"`
	ID   string `gorm:"primaryKey"`
}

// TableName tells GORM the table.
func (sampleRow) TableName() string { return "samples" }

// Kinds of sampleRow. There is one estate at most, which keeps two from being
// loaded at once.
const (
	sampleEstate   = "estate"
	sampleLicense  = "license"
	sampleResource = "resource"
	sampleReport   = "report"
	sampleBucket   = "bucket" // the one that the loading made
)

// SampleLoaded reports whether there is sample data.
func (s *Store) SampleLoaded(ctx context.Context) (bool, error) {
	var n int64
	err := s.row(ctx, []any{&n}, "SELECT count(*) FROM samples WHERE kind = ?", sampleEstate)
	return n > 0, db.Translate(err)
}

// sampleTime is how long the loading of sample data may take at most: what it
// wrote to the bucket is deleted then, if it did not come to its end.
const sampleTime = time.Hour

// PrepareSample gives the usage reports of an estate names that are free,
// renders the files for the bucket, and plans their deletion for the case that
// LoadSample does not follow; that of the bucket too, if it was made for them.
// The caller puts the objects there.
func (s *Store) PrepareSample(ctx context.Context, now time.Time, e *sample.Estate, bucket string, made bool) ([]sample.Object, error) {
	for i := range e.Reports {
		name, err := s.FreeReportName(ctx, e.Reports[i].Name, "")
		if err != nil {
			return nil, err
		}
		e.Reports[i].Rename(name)
	}
	objects := e.Render(bucket)
	return objects, s.db.Tx(ctx, func(tx *gorm.DB) error {
		late := db.UTC(now.Add(sampleTime))
		if err := postponeBucketDiscard(tx, Discard{Bucket: bucket, DueAt: late}, made); err != nil {
			return err
		}
		return addDiscards(tx, discardsOf(sampleFiles(e), late))
	})
}

// LoadSample stores an estate whose files are in the bucket. It returns false
// if there is sample data already; the files are deleted then.
func (s *Store) LoadSample(ctx context.Context, act usage.Act, e *sample.Estate) (bool, error) {
	loaded := false
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockForImport(tx); err != nil {
			return err
		}
		files := sampleFiles(e)
		if err := keepSampleBucket(tx, files); err != nil {
			return err
		}
		claim := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&sampleRow{sampleEstate, "1"})
		if claim.Error != nil {
			return claim.Error
		}
		if claim.RowsAffected == 0 {
			return addDiscards(tx, discardsOf(files, act.At))
		}
		loaded = true
		for _, insert := range []func(*gorm.DB, *sample.Estate) error{insertSampleLicenses, insertSampleResources, insertSampleReports, markSample} {
			if err := insert(tx, e); err != nil {
				return err
			}
		}
		for _, l := range e.Licenses { // the dashboard is where whoever loaded sample data looks first
			history, err := licenseHistory(tx, l.ID, db.UTC(act.At).Add(-usage.ForecastSpan), db.UTC(act.At), time.UTC)
			if err != nil {
				return err
			}
			if err := keepForecast(tx, l.ID, l.Version, limitForecast(history, l.Count), db.UTC(act.At)); err != nil {
				return err
			}
		}
		if err := keepObjects(tx, files); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "loaded", Noun: "sample data", Detail: fmt.Sprintf(
			"%d self-managed licenses, %d tracked resources, %d usage reports", len(e.Licenses), len(e.Resources), len(e.Reports))})
	})
	return loaded, err
}

// sampleFiles are all files of an estate.
func sampleFiles(e *sample.Estate) []usage.File {
	var files []usage.File
	for _, r := range e.Reports {
		for _, run := range r.Runs {
			files = append(files, run.Files...)
		}
	}
	return files
}

func insertSampleLicenses(tx *gorm.DB, e *sample.Estate) error {
	for i := range e.Licenses {
		l := &e.Licenses[i]
		if err := freeLicenseName(tx, l); err != nil {
			return err
		}
		prepareLicense(l)
		if err := tx.Create(l).Error; err != nil {
			return err
		}
		if err := replaceTags(tx, l.ID, l.Tags); err != nil {
			return err
		}
	}
	return nil
}

// freeLicenseName numbers the license where its name is taken.
func freeLicenseName(tx *gorm.DB, l *usage.License) error {
	name := l.Name
	for n := 2; ; n++ {
		var taken int64
		if err := tx.Raw("SELECT count(*) FROM licenses WHERE name_key = ?", usage.FoldName(l.Name)).Scan(&taken).Error; err != nil {
			return err
		}
		if taken == 0 {
			return nil
		}
		l.Name = usage.ExtendName(name, fmt.Sprintf(" %d", n))
	}
}

func insertSampleResources(tx *gorm.DB, e *sample.Estate) error {
	if err := tx.CreateInBatches(e.Resources, associationBatch).Error; err != nil {
		return err
	}
	if err := putAssociations(tx, e.Associations); err != nil {
		return err
	}
	used := map[string]usage.Consumption{}
	for _, a := range e.Associations {
		if used[a.LicenseID] == nil {
			used[a.LicenseID] = usage.Consumption{}
		}
		used[a.LicenseID].Add(a.ResourceType, 1, a.Consumed)
	}
	for _, l := range e.Licenses {
		if err := addCounters(tx, l.ID, used[l.ID]); err != nil {
			return err
		}
	}
	return nil
}

func insertSampleReports(tx *gorm.DB, e *sample.Estate) error {
	var runs []usage.Run
	for i := range e.Reports {
		r := &e.Reports[i]
		if err := tx.Create(&r.Report).Error; err != nil {
			return err
		}
		if err := replaceTags(tx, r.ID, r.Tags); err != nil {
			return err
		}
		runs = append(runs, r.Runs...)
	}
	if err := tx.CreateInBatches(runs, associationBatch).Error; err != nil {
		return err
	}
	return tx.CreateInBatches(sampleFiles(e), associationBatch).Error
}

// markSample remembers what belongs to the sample data.
func markSample(tx *gorm.DB, e *sample.Estate) error {
	var rows []sampleRow
	for _, l := range e.Licenses {
		rows = append(rows, sampleRow{sampleLicense, l.ID})
	}
	for _, r := range e.Resources {
		rows = append(rows, sampleRow{sampleResource, r.ID})
	}
	for _, r := range e.Reports {
		rows = append(rows, sampleRow{sampleReport, r.ID})
	}
	return tx.CreateInBatches(rows, associationBatch).Error
}
