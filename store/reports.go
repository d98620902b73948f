package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// Report returns a usage report with its tags. One that was deleted is
// returned too, with ErrDeleted.
func (s *Store) Report(ctx context.Context, id string) (usage.Report, error) {
	return report(s.query(ctx), id)
}

func report(db *gorm.DB, id string) (usage.Report, error) {
	var r usage.Report
	if err := db.Take(&r, "id = ?", id).Error; err != nil {
		return usage.Report{}, translate(fmt.Errorf("usage report %s: %w", id, err))
	}
	var err error
	if r.Tags, err = tagsOf(db, id); err != nil {
		return usage.Report{}, translate(err)
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
	prepareReport(&r, utc(act.At))
	r.ID = usage.NewReportID()
	r.ARN, r.Version = s.account.ReportARN(r.ID), 1
	r.CreatedAt, r.CreatedBy = utc(act.At), act.By
	r.UpdatedAt, r.UpdatedBy = r.CreatedAt, r.CreatedBy
	err := s.inTx(ctx, func(tx *gorm.DB) error {
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
		if err := insertRun(tx, newRun(r, usage.TriggerCreated, r.GridStart)); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "created", Noun: "usage report", ObjectID: r.ID, Name: r.Name})
	})
	if err != nil {
		// The twin of a double submit fails on the name that the first took.
		first, lookup := reportByToken(s.write.WithContext(ctx), r.CreationToken)
		if lookup != nil || first == "" {
			return usage.Report{}, err
		}
		r.ID = first
	}
	return s.Report(ctx, r.ID)
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

// checkReport collects what is wrong with all fields: by their own rules, and
// by what the database holds. KeepLicense is a license that may be chosen
// though it is deactivated, since the report had it before.
func (s *Store) checkReport(tx *gorm.DB, r usage.Report, keepLicense string) error {
	errs := r.Validate()
	if errs.For("name") == "" {
		var n int64
		taken := "SELECT count(*) FROM reports WHERE name_key = ? AND id <> ? AND deleted_at IS NULL"
		if err := tx.Raw(taken, r.NameKey, r.ID).Scan(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			errs = append(usage.FieldErrors{{Field: "name", Message: usage.DuplicateReportName(r.Name)}}, errs...)
		}
	}
	if errs.For("license") == "" {
		message, err := s.licenseProblem(tx, r.LicenseID, keepLicense)
		if err != nil {
			return err
		}
		if message != "" {
			errs.Add("license", message)
		}
	}
	return errs.Err()
}

// licenseProblem says why a report can't use a license. It locks the license,
// so that it can't be deleted before the report is there.
func (s *Store) licenseProblem(tx *gorm.DB, id, keep string) (string, error) {
	err := s.lockLicense(tx, id)
	if errors.Is(err, ErrNotFound) {
		return "The self-managed license that you chose no longer exists. Choose another.", nil
	}
	if err != nil {
		return "", err
	}
	l, err := license(tx, id)
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
// starts anew. A paused report stays paused and gets no run.
func (s *Store) UpdateReport(ctx context.Context, act usage.Act, r usage.Report) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		old, err := report(tx, r.ID)
		if err != nil {
			return err
		}
		read := r.Version
		prepareReport(&r, utc(act.At))
		r.Version = read + 1
		r.UpdatedAt, r.UpdatedBy = utc(act.At), act.By
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
		result := tx.Model(&usage.Report{}).Where("id = ? AND version = ? AND deleted_at IS NULL", r.ID, read).
			Select("name", "name_key", "description", "license_id", "types", "frequency", "status", "failure",
				"grid_start", "next_run_at", "version", "updated_at", "updated_by").UpdateColumns(&r)
		if err := changed(result, ErrStale); err != nil {
			return duplicateName(err, usage.DuplicateReportName(r.Name))
		}
		if err := replaceTags(tx, r.ID, r.Tags); err != nil {
			return err
		}
		if !paused {
			if err := supersede(tx, r.ID, "The usage report was edited."); err != nil {
				return err
			}
			if err := insertRun(tx, newRun(r, usage.TriggerEdited, r.GridStart)); err != nil {
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
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		for _, id := range unique(ids) {
			r, err := report(tx, id)
			if errors.Is(err, ErrDeleted) || errors.Is(err, ErrNotFound) && len(ids) > 1 {
				continue
			}
			if err != nil {
				return err
			}
			update := "UPDATE reports SET deleted_at = ?, deleted_by = ?, next_run_at = NULL, version = version + 1 WHERE id = ? AND deleted_at IS NULL"
			if err := tx.Exec(update, utc(act.At), act.By, id).Error; err != nil {
				return err
			}
			if err := supersede(tx, id, "The usage report was deleted."); err != nil {
				return err
			}
			if err := cancelRunning(tx, id, "The usage report was deleted."); err != nil {
				return err
			}
			if err := record(tx, act, usage.Activity{Action: "deleted", Noun: "usage report", ObjectID: id, Name: r.Name}); err != nil {
				return err
			}
			deleted = append(deleted, r)
		}
		return nil
	})
	return deleted, err
}

// PauseReport stops new runs until ResumeReport. A run that is being
// published ends as usual.
func (s *Store) PauseReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, "paused", func(tx *gorm.DB, r usage.Report) error {
		if r.Status == usage.ReportPaused {
			return nil
		}
		if err := supersede(tx, id, "The usage report was paused."); err != nil {
			return err
		}
		return tx.Exec("UPDATE reports SET status = ?, failure = '', next_run_at = NULL, version = version + 1 WHERE id = ?", usage.ReportPaused, id).Error
	})
}

// ResumeReport makes a run that is due at once; later ones are on the grid
// from before the pause.
func (s *Store) ResumeReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, "resumed", func(tx *gorm.DB, r usage.Report) error {
		if r.Status != usage.ReportPaused {
			return nil
		}
		now := utc(act.At)
		next := utc(r.Frequency.Next(r.GridStart, now))
		update := "UPDATE reports SET status = ?, next_run_at = ?, version = version + 1 WHERE id = ?"
		if err := tx.Exec(update, usage.ReportPending, next, id).Error; err != nil {
			return err
		}
		return insertRun(tx, newRun(r, usage.TriggerManual, now))
	})
}

// GenerateReport makes a run that is due at once. It returns ErrRunning if
// one is waiting or being published, ErrPaused for a paused report. A failed
// run that waits for its retry is superseded.
func (s *Store) GenerateReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, "generated", func(tx *gorm.DB, r usage.Report) error {
		if r.Status == usage.ReportPaused {
			return fmt.Errorf("usage report %s: %w", id, ErrPaused)
		}
		if err := s.noOpenRun(tx, id); err != nil {
			return err
		}
		if err := supersede(tx, id, ""); err != nil {
			return err
		}
		if err := setStatus(tx, id, usage.ReportPending); err != nil {
			return err
		}
		return insertRun(tx, newRun(r, usage.TriggerManual, utc(act.At)))
	})
}

// RetryRun makes a failed run due at once. It writes the same key as before.
func (s *Store) RetryRun(ctx context.Context, act usage.Act, reportID, runID string) (usage.Report, error) {
	return s.switchReport(ctx, act, reportID, "retried", func(tx *gorm.DB, r usage.Report) error {
		if r.Status == usage.ReportPaused {
			return fmt.Errorf("usage report %s: %w", reportID, ErrPaused)
		}
		if err := s.noOpenRun(tx, reportID); err != nil {
			return err
		}
		if err := supersede(tx, reportID, ""); err != nil {
			return err
		}
		update := `UPDATE runs SET state = ?, next_attempt_at = ?, "trigger" = ? WHERE id = ? AND report_id = ? AND state = ?`
		result := tx.Exec(update, usage.RunPending, utc(act.At), usage.TriggerRetried, runID, reportID, usage.RunFailed)
		if err := changed(result, fmt.Errorf("failed run %s: %w", runID, ErrNotFound)); err != nil {
			return err
		}
		return setStatus(tx, reportID, usage.ReportPending)
	})
}

// switchReport runs change on a live report, whose row is locked, with an
// activity row.
func (s *Store) switchReport(ctx context.Context, act usage.Act, id, action string, change func(*gorm.DB, usage.Report) error) (usage.Report, error) {
	var r usage.Report
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(s.forUpdate("SELECT id FROM reports WHERE id = ?"), id).Error; err != nil {
			return err
		}
		var err error
		if r, err = report(tx, id); err != nil {
			return err
		}
		if err := change(tx, r); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: action, Noun: "usage report", ObjectID: id, Name: r.Name})
	})
	return r, err
}

func setStatus(tx *gorm.DB, id string, status usage.ReportStatus) error {
	return tx.Exec("UPDATE reports SET status = ? WHERE id = ? AND status <> ?", status, id, usage.ReportPaused).Error
}
