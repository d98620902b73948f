package inventory

import (
	"context"
	"fmt"
	"io"
	"time"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// Import returns a user's import. store.ErrNotFound means that there is none, or
// that it was canceled.
func (im *Importer) Import(ctx context.Context, id, user string) (Import, error) {
	return im.one(ctx, "id = ? AND user_name = ? AND state NOT IN ('staging', 'canceled')", id, user)
}

func (im *Importer) one(ctx context.Context, which string, args ...any) (Import, error) {
	var found Import
	if err := im.db.Query(ctx).Where(which, args...).Take(&found).Error; err != nil {
		return Import{}, db.Translate(fmt.Errorf("import: %w", err))
	}
	return found, nil
}

// Open returns the imports that are being applied, and those of a user that are not
// over, at most limit, in the order of their uploads.
func (im *Importer) Open(ctx context.Context, user string, limit int) ([]Import, error) {
	var open []Import
	err := im.db.Query(ctx).Where("state = 'applying' OR state IN ('staged', 'reviewed') AND user_name = ?", user).Order("created_at, id").Limit(limit).Find(&open).Error
	return open, db.Translate(err)
}

// Licenses returns what an import means for the licenses that it names or changes,
// at most limit, by name. One that was deleted since is missing.
func (im *Importer) Licenses(ctx context.Context, id string, limit int) ([]LicenseChange, error) {
	var changes []LicenseChange
	query := `SELECT l.*, i.consumed_before, i.consumed_after FROM import_licenses i JOIN licenses l ON l.id = i.license_id
		WHERE i.import_id = ? ORDER BY l.name_key LIMIT ?`
	err := im.db.Query(ctx).Raw(query, id, limit).Scan(&changes).Error
	return changes, db.Translate(err)
}

// RefusedError says why nothing of an import was applied: rows have errors.
type RefusedError struct {
	Import   Import
	Problems []usage.RowError // the first ones, by line
}

// Error returns the first problem and how many rows have one.
func (e *RefusedError) Error() string {
	first := e.Problems[0]
	return fmt.Sprintf("%d of %d rows can’t be imported; line %d: %s", e.Import.Wrong, e.Import.Rows, first.Line, first.Problem)
}

// pollEvery is the time between two looks at what another process does.
const pollEvery = 100 * time.Millisecond

// Follow works on an import until it is applied, or waits while another process
// does. It leaves one on which nobody works to others for as long as patience. A
// *RefusedError means that nothing was applied.
func (im *Importer) Follow(ctx context.Context, id string, patience time.Duration) (Import, error) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	free := time.Now() // since when nobody is known to work on it
	for {
		job, err := im.one(ctx, "id = ? AND state <> 'canceled'", id)
		switch {
		case err != nil:
			return job, err
		case job.State == Applied:
			return job, nil
		case job.State == Reviewed:
			problems, err := im.Problems(ctx, job)
			if err == nil && len(problems) > 0 {
				err = &RefusedError{job, problems}
			}
			return job, err
		}
		im.o.Progress(job)
		if job.Claim != "" {
			free = time.Now()
		}
		if time.Since(free) >= patience {
			if worked, err := im.workOn(ctx, id); worked || err != nil {
				if err != nil {
					return job, err
				}
				continue
			}
		}
		select {
		case <-ctx.Done():
			return job, ctx.Err()
		case <-ticker.C:
		}
	}
}

// workOn works on an import if nobody else does.
func (im *Importer) workOn(ctx context.Context, id string) (worked bool, err error) {
	job, err := im.claim(ctx, "id = ?", id)
	if err != nil || job == nil {
		return false, err
	}
	return true, im.do(ctx, job)
}

// ImportFile stages a file, judges it and applies it. A *RefusedError means that
// nothing was applied.
func (im *Importer) ImportFile(ctx context.Context, act usage.Act, s Source, file io.Reader) (Import, error) {
	read, err := im.Read(ctx, file, usage.ImportDialect{})
	if err != nil {
		return Import{}, err
	}
	defer read.Close()
	s.Direct = true
	job, err := im.Stage(ctx, act, read, s)
	if err != nil {
		return Import{}, err
	}
	return im.Follow(ctx, job.ID, 0)
}

// Importing returns an import that is being applied to a license; nil if there is
// none. Runs of usage reports about the license wait for its end.
func (im *Importer) Importing(ctx context.Context, licenseID string) (*Import, error) {
	var found []Import
	query := `SELECT i.* FROM import_licenses w JOIN imports i ON i.id = w.import_id
		WHERE w.license_id = ? AND w.runs_wait_until > ? ORDER BY i.confirmed_at LIMIT 1`
	err := im.db.Query(ctx).Raw(query, licenseID, im.now()).Scan(&found).Error
	if err != nil || len(found) == 0 {
		return nil, db.Translate(err)
	}
	return &found[0], nil
}
