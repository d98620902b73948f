package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// Report returns a usage report with its tags. One that was deleted is
// returned too, with ErrDeleted.
func (s *Store) Report(ctx context.Context, id string) (usage.Report, error) {
	return report(s.db.Query(ctx), id)
}

func report(tx *gorm.DB, id string) (usage.Report, error) {
	var r usage.Report
	if err := tx.Take(&r, "id = ?", id).Error; err != nil {
		return usage.Report{}, db.Translate(fmt.Errorf("usage report %s: %w", id, err))
	}
	var err error
	if r.Tags, err = tagsOf(tx, id); err != nil {
		return usage.Report{}, db.Translate(err)
	}
	if r.Deleted() {
		return r, fmt.Errorf("usage report %s: %w", id, ErrDeleted)
	}
	return r, nil
}

// CreateReport creates a usage report with its first run, due at once, and
// returns it as stored. The grid of later reports starts now. A second call
// with the same CreationToken returns the report of the first. What is wrong
// with the fields comes as usage.FieldErrors.
func (s *Store) CreateReport(ctx context.Context, act usage.Act, r usage.Report) (usage.Report, error) {
	prepareReport(&r, db.UTC(act.At))
	r.ID = usage.NewReportID()
	r.ARN, r.Version = s.account.ReportARN(r.ID), 1
	r.CreatedAt, r.CreatedBy = db.UTC(act.At), act.By
	r.UpdatedAt, r.UpdatedBy = r.CreatedAt, r.CreatedBy
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if first, err := reportByToken(tx, r.CreationToken); err != nil || first != "" {
			r.ID = first
			return err
		}
		if err := s.checkReport(tx, r, ""); err != nil {
			return err
		}
		if err := tx.Create(&r).Error; err != nil {
			return duplicateName(err, usage.DuplicateReportName(r.Name))
		}
		if err := replaceTags(tx, r.ID, r.Tags); err != nil {
			return err
		}
		if err := insertRuns(tx, newRun(r, usage.TriggerCreated, r.GridStart)); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "created", Noun: "usage report", ObjectID: r.ID, Name: r.Name})
	})
	if err != nil {
		// The twin of a double submit fails on the name that the first took.
		first, lookup := reportByToken(s.db.Query(ctx), r.CreationToken)
		if lookup != nil || first == "" {
			return usage.Report{}, err
		}
		r.ID = first
	}
	return s.Report(ctx, r.ID)
}

// CheckReport says what CreateReport and UpdateReport would find wrong with the
// fields of a report, as usage.FieldErrors, and stores nothing. KeepLicense is the
// license that it had before; empty for a new one.
func (s *Store) CheckReport(ctx context.Context, r usage.Report, keepLicense string) error {
	prepareReport(&r, db.UTC(time.Now()))
	return db.Translate(reportProblems(s.db.Query(ctx), r, keepLicense))
}

// prepareReport puts the fields in the form that is stored and starts the
// grid at now.
func prepareReport(r *usage.Report, now time.Time) {
	r.Name, r.Description = normalize(r.Name), normalize(r.Description)
	r.NameKey = usage.FoldName(r.Name)
	r.Tags = normalizeTags(r.Tags)
	r.Status, r.Failure = usage.ReportPending, ""
	r.GridStart = now
	if r.Frequency.Valid() {
		r.NextRunAt = utcPointer(r.Frequency.Next(now, now))
	}
}

// reportByToken returns the id of the report that the form with that token
// created, empty if there is none.
func reportByToken(tx *gorm.DB, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	var id string
	err := tx.Raw("SELECT id FROM reports WHERE creation_token = ?", token).Scan(&id).Error
	return id, err
}

// checkReport is reportProblems for a report that is about to be written. It
// keeps the license from being deleted before the report is there.
func (s *Store) checkReport(tx *gorm.DB, r usage.Report, keepLicense string) error {
	if err := s.shareLicense(tx, r.LicenseID); err != nil {
		return err
	}
	return reportProblems(tx, r, keepLicense)
}

// nameTries is how many names FreeReportName tries.
const nameTries = 100

// FreeReportName returns a name for a usage report that no other one has: the
// given one with the suffix and, where that is taken, a number. It is empty if
// too many are taken.
func (s *Store) FreeReportName(ctx context.Context, name, suffix string) (string, error) {
	return s.freeName(ctx, reportNameTaken, name, suffix)
}

// freeName is FreeReportName for names that taken knows.
func (s *Store) freeName(ctx context.Context, taken func(tx *gorm.DB, key, id string) (bool, error), name, suffix string) (string, error) {
	for n := 1; n <= nameTries; n++ {
		numbered := suffix
		if n > 1 {
			numbered += fmt.Sprintf(" %d", n)
		}
		free := usage.ExtendName(name, numbered)
		used, err := taken(s.db.Query(ctx), usage.FoldName(free), "")
		if err != nil || !used {
			return free, db.Translate(err)
		}
	}
	return "", nil
}

// reportNameTaken reports whether another report than the one with that id,
// which may be empty, has the name.
func reportNameTaken(tx *gorm.DB, key, id string) (bool, error) {
	var n int64
	err := tx.Raw("SELECT count(*) FROM reports WHERE name_key = ? AND id <> ? AND deleted_at IS NULL", key, id).Scan(&n).Error
	return n > 0, err
}

// reportProblems collects what is wrong with all fields: by their own rules,
// and by what the database holds. KeepLicense is a license that may be chosen
// though it is deactivated, since the report had it before.
func reportProblems(tx *gorm.DB, r usage.Report, keepLicense string) error {
	errs := r.Validate()
	if errs.For("name") == "" {
		taken, err := reportNameTaken(tx, r.NameKey, r.ID)
		if err != nil {
			return err
		}
		if taken {
			errs = append(usage.FieldErrors{{Field: "name", Message: usage.DuplicateReportName(r.Name)}}, errs...)
		}
	}
	if errs.For("license") == "" {
		message, err := licenseProblem(tx, r.LicenseID, keepLicense)
		if err != nil {
			return err
		}
		if message != "" {
			errs.Add("license", message)
		}
	}
	return errs.Err()
}

// licenseProblem says why a report can't use a license, empty if it can.
func licenseProblem(tx *gorm.DB, id, keep string) (string, error) {
	l, err := license(tx, id)
	if errors.Is(err, ErrNotFound) {
		return "The self-managed license that you chose no longer exists. Choose another.", nil
	}
	if err != nil {
		return "", err
	}
	if l.Deactivated() && id != keep {
		return fmt.Sprintf("“%s” is deactivated and isn’t tracked. Choose another self-managed license.", l.Name), nil
	}
	return "", nil
}

// UpdateReport changes what a user may change, if r.Version is still the
// stored one, else ErrStale, and makes a run that is due at once. The grid
// starts anew. A paused report stays paused and gets no run. ErrUnchanged if the
// report is stored like that already.
func (s *Store) UpdateReport(ctx context.Context, act usage.Act, r usage.Report) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockReport(tx, r.ID); err != nil {
			return err
		}
		old, err := report(tx, r.ID)
		if err != nil {
			return err
		}
		read, now := r.Version, db.UTC(act.At)
		prepareReport(&r, now)
		if r.Frequency == old.Frequency { // nothing else moves the grid
			next := r.Frequency.Next(old.GridStart, now)
			r.GridStart, r.NextRunAt = old.GridStart, &next
		}
		r.Version = read + 1
		r.UpdatedAt, r.UpdatedBy = now, act.By
		paused := old.Status == usage.ReportPaused
		if paused {
			r.Status, r.NextRunAt = usage.ReportPaused, nil
		}
		if read != old.Version {
			return fmt.Errorf("usage report %s: %w", r.ID, ErrStale)
		}
		if err := s.checkReport(tx, r, old.LicenseID); err != nil {
			return err
		}
		if r.Same(old) {
			return fmt.Errorf("usage report %s: %w", r.ID, ErrUnchanged)
		}
		result := tx.Model(&usage.Report{}).Where("id = ? AND version = ? AND deleted_at IS NULL", r.ID, read).
			Select("name", "name_key", "description", "license_id", "types", "frequency", "status", "failure",
				"grid_start", "next_run_at", "version", "updated_at", "updated_by").UpdateColumns(&r)
		if err := db.Changed(result, ErrStale); err != nil {
			return duplicateName(err, usage.DuplicateReportName(r.Name))
		}
		if err := replaceTags(tx, r.ID, r.Tags); err != nil {
			return err
		}
		if !paused {
			if err := cancelPending(tx, "The usage report was edited.", r.ID); err != nil {
				return err
			}
			if err := insertAndSettle(tx, newRun(r, usage.TriggerEdited, now)); err != nil {
				return err
			}
		}
		return record(tx, act, usage.Activity{Action: "edited", Noun: "usage report", ObjectID: r.ID, Name: r.Name})
	})
}

// DeleteReports deletes usage reports: no new files come, the bucket and all
// earlier files stay. What is being published is given up. Reports that are
// deleted already are passed over. It returns those that it deleted.
func (s *Store) DeleteReports(ctx context.Context, act usage.Act, ids []string) ([]usage.Report, error) {
	var deleted []usage.Report
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		ids = unique(ids)
		if err := s.lockReports(tx, ids); err != nil {
			return err
		}
		for _, id := range ids {
			r, err := report(tx, id)
			if errors.Is(err, ErrDeleted) || errors.Is(err, ErrNotFound) && len(ids) > 1 {
				continue
			}
			if err != nil {
				return err
			}
			if err := deleteReport(tx, act, r); err != nil {
				return err
			}
			deleted = append(deleted, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return deleted, nil
}

// deleteReport leaves a tombstone of a report whose row is locked.
func deleteReport(tx *gorm.DB, act usage.Act, r usage.Report) error {
	const reason = "The usage report was deleted."
	update := "UPDATE reports SET deleted_at = ?, deleted_by = ?, next_run_at = NULL, version = version + 1 WHERE id = ?"
	if err := tx.Exec(update, db.UTC(act.At), act.By, r.ID).Error; err != nil {
		return err
	}
	if err := cancelPending(tx, reason, r.ID); err != nil {
		return err
	}
	if err := cancelRunning(tx, r.ID, reason); err != nil {
		return err
	}
	return record(tx, act, usage.Activity{Action: "deleted", Noun: "usage report", ObjectID: r.ID, Name: r.Name})
}
