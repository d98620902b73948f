package inventory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/db"
	"license-manager/store/usage"
)

// refuseOverLimit refuses the rows at which licenses that are named in the file
// pass their hard limit, in the order of the file.
func (im *Importer) refuseOverLimit(ctx context.Context, j *judgement) error {
	over := map[uint64]*passedLimit{}
	for _, l := range j.licenses.byID {
		if l.named && l.limited() && l.OverLimit(l.after()) && l.after() > l.Used {
			over[uint64(l.number)] = &passedLimit{license: l, total: l.Used}
		}
	}
	if len(over) == 0 {
		return nil
	}
	err := j.moves.each(func(key, record []byte) error {
		number, n := binary.Uvarint(record)
		difference, _ := binary.Varint(record[n:])
		if limit := over[number]; limit != nil {
			limit.add(int(binary.BigEndian.Uint64(key)), difference)
		}
		return nil
	})
	if err != nil {
		return err
	}
	lines := map[int][]usage.RowError{}
	for _, limit := range over {
		lines[limit.line] = append(lines[limit.line], limit.problem())
	}
	return im.refuseLines(ctx, j, lines)
}

// refuseLines refuses rows of which only the lines are known.
func (im *Importer) refuseLines(ctx context.Context, j *judgement, lines map[int][]usage.RowError) error {
	rows, err := im.rowsOf(*j.job, 0)
	for err == nil && len(lines) > 0 {
		var r *row
		if r, err = rows.next(ctx); err != nil {
			break
		}
		if problems := lines[r.Line]; problems != nil {
			for i := range problems {
				problems[i].ResourceID = r.Resource.ID
			}
			delete(lines, r.Line)
			err = j.refuse(r, problems...)
		}
	}
	return err
}

// passedLimit finds the row at which a license passes its limit.
type passedLimit struct {
	license *license
	total   int64
	line    int // at which the total passed last
}

func (l *passedLimit) add(line int, difference int64) {
	bound := max(*l.license.Count, l.license.Used)
	if l.total <= bound && l.total+difference > bound {
		l.line = line
	}
	l.total += difference
}

func (l *passedLimit) problem() usage.RowError {
	problem := l.license.tooMuch(l.license.Used, l.license.after()-l.license.Used)
	return usage.RowError{Line: l.line, Column: "license", Value: l.license.Name, Problem: problem}
}

// tooMuch says that the limit leaves less than is needed.
func (l *license) tooMuch(consumed, needed int64) string {
	available, _ := l.Available(consumed)
	problem := usage.LimitError{License: l.Name, Unit: l.CountingType, Needed: needed, Available: available}
	return problem.Error()
}

// importLicense is a row of import_licenses.
type importLicense struct {
	ImportID  string
	LicenseID string
	Named     bool  // in the file, or for it
	Before    int64 `gorm:"column:consumed_before"` // when it was judged
	After     int64 `gorm:"column:consumed_after"`
}

// storeReview stores what was found. An import without a person goes on at once.
func (im *Importer) storeReview(ctx context.Context, j *judgement) error {
	err := im.tx(ctx, func(tx *gorm.DB) error { // what a judgement that broke off has left
		for _, table := range []string{"import_chunks WHERE kind = 'problems' AND", "import_licenses WHERE"} {
			if err := tx.Exec("DELETE FROM "+table+" import_id = ?", j.job.ID).Error; err != nil {
				return err
			}
		}
		return im.hold(tx, j.job)
	})
	if err != nil {
		return err
	}
	chunks := newPacker(j.job.ID, problemChunks, 0)
	err = j.problems.each(func(_, record []byte) error {
		if !chunks.add(record) {
			return nil
		}
		return im.tx(ctx, func(tx *gorm.DB) error { return errors.Join(im.hold(tx, j.job), chunks.insert(tx)) })
	})
	if err != nil {
		return err
	}
	return im.tx(ctx, func(tx *gorm.DB) error {
		if err := errors.Join(chunks.insert(tx), j.storeLicenses(tx)); err != nil {
			return err
		}
		return im.reviewed(tx, j)
	})
}

// storeLicenses stores what the import means for licenses that it names or
// changes.
func (j *judgement) storeLicenses(tx *gorm.DB) error {
	var all []importLicense
	for _, l := range j.licenses.sorted() {
		if l.named || l.after() != l.Used {
			all = append(all, importLicense{j.job.ID, l.ID, l.named, l.Used, l.after()})
		}
	}
	return db.CreateMany(tx, all)
}

// reviewed stores the counts of a review and what comes next.
func (im *Importer) reviewed(tx *gorm.DB, j *judgement) error {
	job := j.job
	if job.Total = job.Rows; j.needsRoom() {
		job.Total *= 2
	}
	if err := im.hold(tx, job); err != nil {
		return err
	}
	if err := tx.Exec("UPDATE imports SET total = ?, resources = ? WHERE id = ?", job.Total, job.Resources, job.ID).Error; err != nil {
		return err
	}
	switch {
	case !job.Direct || job.Wrong > 0:
		job.State = Reviewed
	case job.Changes() > 0:
		job.State = Applying
		if err := begin(tx, job.ID, im.now()); err != nil {
			return err
		}
	default:
		return im.finish(tx, job)
	}
	return im.hand(tx, job, job.State)
}

// needsRoom reports whether a license would pass its hard limit on the way, in the
// order of resource IDs, before other resources release it.
func (j *judgement) needsRoom() bool {
	for _, l := range j.licenses.byID {
		if l.named && l.limited() && l.Used+l.peak > max(*l.Count, l.Used) {
			return true
		}
	}
	return false
}

// mostWait is how long runs about a license wait for the end of an import.
const mostWait = 60 * time.Minute

// begin makes an import one that is being applied. From then on, runs about its
// licenses wait.
func begin(tx *gorm.DB, id string, now time.Time) error {
	update := "UPDATE imports SET state = ?, confirmed_at = ?, done = 0, added = 0, updated = 0, unchanged = resources WHERE id = ?"
	if err := tx.Exec(update, Applying, now, id).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE import_licenses SET runs_wait_until = ? WHERE import_id = ?", now.Add(mostWait), id).Error
}

// Confirm has a user's import applied. store.ErrNotFound means that it has rows with
// errors, or was confirmed or canceled before.
func (im *Importer) Confirm(ctx context.Context, act usage.Act, id string) error {
	return im.tx(ctx, func(tx *gorm.DB) error {
		query := "UPDATE imports SET state = ?, address = ? WHERE id = ? AND user_name = ? AND state = ? AND wrong = 0"
		result := tx.Exec(query, Applying, act.From, id, act.By, Reviewed)
		if result.Error != nil {
			return result.Error
		}
		if result.RowsAffected == 0 {
			return fmt.Errorf("import %s: %w", id, store.ErrNotFound)
		}
		return begin(tx, id, db.UTC(act.At))
	})
}

// Cancel gives up a user's import that is not being applied yet. One that is gone
// is no error.
func (im *Importer) Cancel(ctx context.Context, id, user string) error {
	return im.cancel(ctx, "id = ? AND user_name = ? AND state IN ('staging', 'staged', 'reviewed')", id, user)
}
