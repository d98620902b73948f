package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/db"
	"license-manager/store/usage"
)

const (
	firstSlice = 500                   // rows; no slice but the last has fewer: on a busy machine each takes long
	mostRows   = 10_000                // of a slice
	sliceTime  = 40 * time.Millisecond // for one transaction: others wait for it
)

// application is an import that is being applied.
type application struct {
	rules
	job     *Import
	limits  map[string]int64 // by license: consumption of those named in the file when it was judged
	changed []*entry         // of the slice
	refused *packer          // rows of the slice that can't be applied any more
}

// apply applies an import from where it is to its end, a slice of resources in
// each transaction.
func (im *Importer) apply(ctx context.Context, job *Import) error {
	rows, err := im.rowsOf(*job, job.Done%job.Rows)
	if err != nil {
		return err
	}
	a := &application{job: job, rules: rules{header: rows.header, license: job.License, at: db.UTC(*job.ConfirmedAt)}}
	if a.limits, err = im.limitsOf(ctx, job.ID); err != nil {
		return err
	}
	for size := im.first; job.Done < job.Total; {
		slice, err := rows.take(ctx, size)
		if err != nil {
			return err
		}
		if len(slice) == 0 {
			return fmt.Errorf("import %s: rows after %d are missing", job.ID, job.Done)
		}
		began := time.Now()
		if err := im.tx(ctx, func(tx *gorm.DB) error { return im.applySlice(tx, a, slice) }); err != nil {
			return err
		}
		size = im.nextSize(size, time.Since(began))
		im.o.Progress(*job)
		if job.Done%job.Rows == 0 {
			rows, _ = im.rowsOf(*job, 0) // the header was read before
		}
	}
	return im.tx(ctx, func(tx *gorm.DB) error { return im.finish(tx, job) })
}

// nextSize is how many rows the next slice has, after one took so long.
func (im *Importer) nextSize(size int, took time.Duration) int {
	fits := int(float64(size) * float64(sliceTime) / float64(max(took, time.Millisecond)))
	return max(im.first, min(fits, 2*size, mostRows))
}

// limitsOf returns the licenses that an import names, with what was consumed of
// each when it was judged.
func (im *Importer) limitsOf(ctx context.Context, id string) (map[string]int64, error) {
	var named []importLicense
	query := "SELECT * FROM import_licenses WHERE import_id = ? AND named"
	if err := im.db.Query(ctx).Raw(query, id).Scan(&named).Error; err != nil {
		return nil, db.Translate(err)
	}
	limits := make(map[string]int64, len(named))
	for _, l := range named {
		limits[l.LicenseID] = l.Before
	}
	return limits, nil
}

// applySlice writes what the rows of some resources change, and moves the cursor.
func (im *Importer) applySlice(tx *gorm.DB, a *application, rows []row) error {
	if err := im.store.LockAssociations(tx); err != nil {
		return err
	}
	a.licenses, a.changed = im.lockedLicenses(tx), nil
	a.refused = newPacker(a.job.ID, problemChunks, a.job.Wrong)
	entries := entriesOf(rows)
	if err := load(tx, entries, a.licenses); err != nil {
		return err
	}
	releasing := a.job.Total > a.job.Rows && a.job.Done < a.job.Rows
	for i := range entries {
		if err := a.applyEntry(&entries[i], releasing); err != nil {
			return err
		}
	}
	if err := write(tx, a.changed, a.at); err != nil {
		return err
	}
	for _, l := range a.licenses.sorted() {
		if err := store.AddCounters(tx, l.ID, l.delta); err != nil {
			return err
		}
	}
	a.job.Done += int64(len(rows))
	return errors.Join(a.refused.insert(tx), im.hold(tx, a.job))
}

// applyEntry takes a resource to be written, or refuses it with all its rows. While
// licenses are released, it takes only what makes room, and refuses nothing.
func (a *application) applyEntry(e *entry, releasing bool) error {
	for i := range e.rows {
		problem, err := a.fold(e, &e.rows[i])
		if err != nil {
			return err
		}
		if problem != nil {
			a.refuse(e, *problem, releasing)
			return nil
		}
	}
	if problem := a.overLimit(e); problem != nil {
		a.refuse(e, *problem, releasing)
		return nil
	}
	if !e.changed() || releasing && !a.releases(e) {
		return nil
	}
	if a.job.Unchanged--; e.known {
		a.job.Updated++
	} else {
		a.job.Added++
	}
	e.count()
	a.changed = append(a.changed, e)
	return nil
}

// overLimit says that a license which is named in the file has too little left for
// the resource. One that was beyond its limit already may stay where it was.
func (a *application) overLimit(e *entry) *usage.RowError {
	for i := range e.uses {
		l, growth := e.uses[i].license, e.uses[i].growth()
		before, named := a.limits[l.ID]
		if named && growth > 0 && l.limited() && l.after()+growth > max(*l.Count, before) {
			last := &e.rows[len(e.rows)-1]
			return last.problem("license", l.Name, l.tooMuch(l.after(), growth))
		}
	}
	return nil
}

// releases reports whether the resource makes room in a license with a hard limit.
func (a *application) releases(e *entry) bool {
	return slices.ContainsFunc(e.uses, func(u use) bool { return u.growth() < 0 && u.license.limited() })
}

// refuse keeps the rows of a resource with the reason why it can't be applied.
func (a *application) refuse(e *entry, problem usage.RowError, releasing bool) {
	if releasing {
		return
	}
	for i := range e.rows {
		row := &e.rows[i]
		reason := problem
		if row.Line != problem.Line {
			reason = *row.problem("", "", fmt.Sprintf("Line %d of the same resource can’t be imported.", problem.Line))
		}
		a.refused.add(appendProblems(nil, row, []usage.RowError{reason}))
	}
	a.job.Wrong += int64(len(e.rows))
	a.job.Unchanged--
}

// finish ends an import, with a row in the activity log if it changed anything.
func (im *Importer) finish(tx *gorm.DB, job *Import) error {
	now := im.now()
	job.State, job.FinishedAt = Applied, &now
	if err := tx.Exec("UPDATE imports SET finished_at = ? WHERE id = ? AND claim = ?", now, job.ID, job.Claim).Error; err != nil {
		return err
	}
	if err := im.hand(tx, job, Applied); err != nil {
		return err
	}
	if err := tx.Exec("UPDATE import_licenses SET runs_wait_until = NULL WHERE import_id = ?", job.ID).Error; err != nil {
		return err
	}
	if job.Changes()+job.Wrong == 0 {
		return nil
	}
	detail := fmt.Sprintf("%d new, %d updated, %d unchanged", job.Added, job.Updated, job.Unchanged)
	if job.Wrong > 0 {
		detail += fmt.Sprintf(", %d rows not imported", job.Wrong)
	}
	act := usage.Act{By: job.UserName, From: job.Address, At: now}
	return store.Record(tx, act, usage.Activity{Action: "imported", Noun: "tracked resources", ObjectID: job.ID, Name: job.FileName, Detail: detail})
}
