package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/sample"
	"license-manager/store/usage"
)

// Licenses and usage reports belong to the sample data if they carry its tag, and
// resources if their id says so.
const (
	isSample         = " IN (SELECT owner_id FROM tags WHERE key = '" + sample.TagKey + "')"
	isSampleResource = " BETWEEN '" + sample.ResourcePrefix + "' AND '" + sample.ResourcePrefix + "zz'"
)

// ErrSampleLoaded means that there is sample data already.
var ErrSampleLoaded = errors.New("sample data is loaded already")

// SampleLoaded reports whether there is sample data.
func (s *Store) SampleLoaded(ctx context.Context) (bool, error) {
	var n int64
	err := s.queryRow(ctx, []any{&n}, "SELECT count(*) FROM (SELECT 1 FROM tags WHERE key = ? LIMIT 1) t", sample.TagKey)
	return n > 0, db.Translate(err)
}

// LoadSample stores an estate with its history, under names that are free, and
// returns its files, which the caller writes to the bucket. ErrSampleLoaded if there
// is sample data.
func (s *Store) LoadSample(ctx context.Context, act usage.Act, e *sample.Estate, bucket string) ([]sample.Object, error) {
	if err := s.nameSample(ctx, e); err != nil {
		return nil, err
	}
	objects := e.Render(bucket)
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.LockAssociations(tx); err != nil {
			return err
		}
		var loaded int64
		if err := tx.Raw("SELECT count(*) FROM licenses WHERE id" + isSample).Scan(&loaded).Error; err != nil {
			return err
		}
		if loaded > 0 {
			return ErrSampleLoaded
		}
		for _, insert := range []func(*gorm.DB, *sample.Estate) error{insertSampleLicenses, insertSampleReports} {
			if err := insert(tx, e); err != nil {
				return err
			}
		}
		return record(tx, act, usage.Activity{Action: "loaded", Noun: "sample data", Detail: fmt.Sprintf(
			"%d self-managed licenses, %d tracked resources, %d usage reports", len(e.Licenses), len(e.Resources), len(e.Reports))})
	})
	return objects, err
}

// nameSample numbers what has a name that is taken.
func (s *Store) nameSample(ctx context.Context, e *sample.Estate) error {
	for i := range e.Licenses {
		name, err := s.freeName(ctx, licenseNameTaken, e.Licenses[i].Name, "")
		if err != nil {
			return err
		}
		e.Licenses[i].Name = name
	}
	for i := range e.Reports {
		name, err := s.FreeReportName(ctx, e.Reports[i].Name, "")
		if err != nil {
			return err
		}
		e.Reports[i].Rename(name)
	}
	return nil
}

func insertSampleLicenses(tx *gorm.DB, e *sample.Estate) error {
	used := map[string]usage.Consumption{}
	for i := range e.Licenses {
		l := &e.Licenses[i]
		prepareLicense(l)
		if err := tx.Create(l).Error; err != nil {
			return err
		}
		if err := replaceTags(tx, l.ID, l.Tags); err != nil {
			return err
		}
		used[l.ID] = usage.Consumption{}
	}
	if err := db.CreateMany(tx, e.Resources); err != nil {
		return err
	}
	if err := putAssociations(tx, e.Associations); err != nil {
		return err
	}
	for _, a := range e.Associations {
		used[a.LicenseID].Add(a.ResourceType, 1, a.Consumed)
	}
	for id, consumption := range used {
		if err := addCounters(tx, id, consumption); err != nil {
			return err
		}
	}
	return nil
}

func insertSampleReports(tx *gorm.DB, e *sample.Estate) error {
	var runs []usage.Run
	var files []usage.File
	for i := range e.Reports {
		r := &e.Reports[i]
		if err := tx.Create(&r.Report).Error; err != nil {
			return err
		}
		if err := replaceTags(tx, r.ID, r.Tags); err != nil {
			return err
		}
		runs = append(runs, r.Runs...)
		for _, run := range r.Runs {
			files = append(files, run.Files...)
		}
	}
	if err := db.CreateMany(tx, runs); err != nil {
		return err
	}
	return db.CreateMany(tx, files)
}

// SampleInUseError says which data that is no sample depends on the sample
// data. It is ErrInUse.
type SampleInUseError struct {
	Reports   []usage.Report  // on sample licenses, the first few by name: id and name
	Licenses  []usage.License // that sample resources use, the first few by name: id and name
	Resources []string        // that use sample licenses: the first few ids
}

// Error counts what is named.
func (e *SampleInUseError) Error() string {
	return fmt.Sprintf("sample data: %d usage reports, licenses and resources of others: %v", len(e.Reports)+len(e.Licenses)+len(e.Resources), ErrInUse)
}

// Unwrap makes the error an ErrInUse.
func (e *SampleInUseError) Unwrap() error { return ErrInUse }

// SampleUse returns what keeps the sample data from being removed, nil if
// nothing does.
func (s *Store) SampleUse(ctx context.Context) (*SampleInUseError, error) {
	use, err := sampleUse(s.db.Query(ctx))
	return use, db.Translate(err)
}

func sampleUse(tx *gorm.DB) (*SampleInUseError, error) {
	use := &SampleInUseError{}
	for query, found := range map[string]any{
		"SELECT id, name FROM reports WHERE deleted_at IS NULL AND license_id" + isSample + " AND NOT id" + isSample + " ORDER BY name_key LIMIT ?": &use.Reports,
		"SELECT id, name FROM licenses WHERE NOT id" + isSample + " AND id IN (SELECT license_id FROM associations WHERE resource_id" +
			isSampleResource + ") ORDER BY name_key LIMIT ?": &use.Licenses,
		"SELECT DISTINCT resource_id FROM associations WHERE license_id" + isSample + " AND NOT resource_id" +
			isSampleResource + " ORDER BY resource_id LIMIT ?": &use.Resources,
	} {
		if err := tx.Raw(query, reportsNamed).Scan(found).Error; err != nil {
			return nil, err
		}
	}
	if len(use.Reports)+len(use.Licenses)+len(use.Resources) == 0 {
		return nil, nil
	}
	return use, nil
}

// StopSample stops the usage reports of the sample data, so that RemoveSample can
// follow, and returns the files that they published. *SampleInUseError if other data
// depends on the sample data, ErrRunning if a report is being generated.
func (s *Store) StopSample(ctx context.Context, act usage.Act) ([]usage.File, error) {
	var files []usage.File
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		ids, err := s.lockSample(tx)
		if err != nil {
			return err
		}
		var running int64
		if err := tx.Raw("SELECT count(*) FROM runs WHERE state = 'running' AND report_id" + isSample).Scan(&running).Error; err != nil {
			return err
		}
		if running > 0 {
			return fmt.Errorf("sample data: %w", ErrRunning)
		}
		stop := "UPDATE reports SET deleted_at = ?, deleted_by = ?, next_run_at = NULL, version = version + 1 WHERE deleted_at IS NULL AND id" + isSample
		if err := tx.Exec(stop, db.UTC(act.At), act.By).Error; err != nil {
			return err
		}
		if err := cancelPending(tx, "The sample data was removed.", ids...); err != nil {
			return err
		}
		return tx.Find(&files, "report_id"+isSample).Error
	})
	return files, err
}

// RemoveSample removes the sample data. Call StopSample first, and delete the
// files that it returns.
func (s *Store) RemoveSample(ctx context.Context, act usage.Act) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockSample(tx); err != nil {
			return err
		}
		for _, rows := range []string{
			"files WHERE report_id" + isSample,
			"runs WHERE report_id" + isSample,
			"reports WHERE id" + isSample,
			"associations WHERE license_id" + isSample,
			"licenses WHERE id" + isSample,
			"resources WHERE id" + isSampleResource,
			"tags WHERE owner_id" + isSample,
		} {
			if err := tx.Exec("DELETE FROM " + rows).Error; err != nil {
				return err
			}
		}
		return record(tx, act, usage.Activity{Action: "removed", Noun: "sample data"})
	})
}

// lockSample makes tx the only one that changes the sample data or what depends
// on it, and returns the ids of its usage reports. *SampleInUseError if other data
// depends on it.
func (s *Store) lockSample(tx *gorm.DB) (reports []string, err error) {
	if err := s.LockAssociations(tx); err != nil {
		return nil, err
	}
	var licenses []string
	for query, ids := range map[string]*[]string{"SELECT id FROM reports WHERE id": &reports, "SELECT id FROM licenses WHERE id": &licenses} {
		if err := tx.Raw(query + isSample).Scan(ids).Error; err != nil {
			return nil, err
		}
	}
	if err := s.lockReports(tx, reports); err != nil {
		return nil, err
	}
	if err := s.db.LockRows(tx, "licenses", licenses); err != nil {
		return nil, err
	}
	use, err := sampleUse(tx)
	if err == nil && use != nil {
		err = use
	}
	return reports, err
}
