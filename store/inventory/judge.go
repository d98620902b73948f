package inventory

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

const (
	// judgeBatch is how many rows are judged at once.
	judgeBatch = 2000
	// renewEvery is the time between two signs of life of a judgement.
	renewEvery = 2 * time.Second
)

// judgement goes over the rows of an import on one state of the database, and
// writes nothing.
type judgement struct {
	rules
	job      *Import
	problems *sorter // rows with errors, by line
	moves    *sorter // changes of consumption of licenses with a hard limit, by line
	before   []int64 // consumption of the uses before a row
}

// judge judges an import and stores its review.
func (im *Importer) judge(ctx context.Context, job *Import) error {
	j := &judgement{job: job, problems: newSorter(im.o.TempDir), moves: newSorter(im.o.TempDir)}
	defer j.problems.close()
	defer j.moves.close()
	job.Result, job.Resources, job.Done = Result{}, 0, 0
	rows, err := im.rowsOf(*job, 0)
	if err != nil {
		return err
	}
	j.rules = rules{header: rows.header, license: job.License}
	err = im.db.Snapshot(ctx, func(tx *gorm.DB) error {
		j.licenses = newLicenses(tx.WithContext(context.WithoutCancel(ctx)))
		return im.judgeRows(ctx, j, rows)
	})
	if err != nil {
		return err
	}
	if err := im.refuseOverLimit(ctx, j); err != nil {
		return err
	}
	return im.storeReview(ctx, j)
}

func (im *Importer) judgeRows(ctx context.Context, j *judgement, rows *rowReader) error {
	renewed := time.Now()
	for {
		batch, err := rows.take(ctx, judgeBatch)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := j.judge(batch); err != nil {
			return err
		}
		j.job.Done += int64(len(batch))
		im.o.Progress(*j.job)
		if time.Since(renewed) < renewEvery {
			continue
		}
		renewed = time.Now()
		if err := im.tx(ctx, func(tx *gorm.DB) error { return im.hold(tx, j.job) }); err != nil {
			return err
		}
	}
}

// judge judges the rows of some resources.
func (j *judgement) judge(rows []row) error {
	for i := range rows {
		if len(rows[i].problems) > 0 {
			if err := j.refuse(&rows[i], rows[i].problems...); err != nil {
				return err
			}
		}
	}
	entries := entriesOf(rows)
	if err := load(j.licenses.tx, entries, j.licenses); err != nil {
		return err
	}
	for i := range entries {
		if err := j.judgeEntry(&entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// judgeEntry makes of the rows of a resource what they mean, in their order.
func (j *judgement) judgeEntry(e *entry) error {
	right := 0
	for i := range e.rows {
		row := &e.rows[i]
		j.before = j.before[:0]
		for _, u := range e.uses {
			j.before = append(j.before, u.Consumed)
		}
		problem, err := j.fold(e, row)
		switch {
		case err != nil:
			return err
		case problem != nil:
			err = j.refuse(row, *problem)
		default:
			right++
		}
		if err := errors.Join(err, j.move(e, row.Line)); err != nil {
			return err
		}
	}
	if right > 0 {
		j.count(e)
	}
	return nil
}

// move notes by how much a row changed the consumption of licenses with a hard
// limit.
func (j *judgement) move(e *entry, line int) error {
	for i, u := range e.uses {
		difference := u.Consumed
		if i < len(j.before) {
			difference -= j.before[i]
		}
		if difference == 0 || !u.license.limited() {
			continue
		}
		record := binary.AppendVarint(binary.AppendUvarint(nil, uint64(u.license.number)), difference)
		if err := j.moves.add(lineKey(line), record); err != nil {
			return err
		}
	}
	return nil
}

// count counts a resource of which some rows are right.
func (j *judgement) count(e *entry) {
	j.job.Resources++
	switch {
	case !e.known:
		j.job.Added++
	case e.changed():
		j.job.Updated++
	default:
		j.job.Unchanged++
	}
	e.count()
}

// refuse counts a row that can't be imported, and keeps it with the problems.
func (j *judgement) refuse(r *row, problems ...usage.RowError) error {
	j.job.Wrong++
	return j.problems.add(lineKey(r.Line), appendProblems(nil, r, problems))
}

// lineKey returns a key that sorts by line.
func lineKey(line int) string {
	var key [8]byte
	binary.BigEndian.PutUint64(key[:], uint64(line))
	return string(key[:])
}
