package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// importer is the way of a file into the database. It first reads the file
// and sorts its rows by resource, then goes over them once: all that is stored
// is met in the order of the indexes, which is many times faster than in that
// of a file, and all rows of a resource come together, so that what a row
// means never depends on what was written before. A review goes the same way
// and leaves out the writing. Memory is constant.
type importer struct {
	store    *Store
	act      usage.Act
	license  string // id of the license of rows that name none; may be empty
	in       *usage.ImportReader
	rows     *sorter // rows without errors, by resource; in the order of the file
	moves    *sorter // changes of consumption of licenses with a hard limit, by line
	refused  refusedRows
	progress importProgress
	result   ImportResult
	licenses *importLicenses // of the pass
}

func (s *Store) newImporter(act usage.Act, license string) *importer {
	return &importer{store: s, act: act, license: license, rows: newSorter(s.tempDir), moves: newSorter(s.tempDir)}
}

// close gives up what was sorted.
func (im *importer) close() {
	im.rows.close()
	im.moves.close()
	if im.refused.all != nil {
		im.refused.all.close()
	}
}

// read reads the file to its end and sorts its rows. What is wrong with single
// rows goes to refused; a file that can't be read is an *usage.ImportError.
func (im *importer) read(ctx context.Context, file io.Reader) error {
	in, err := usage.NewImportReader(im.progress.reader(file))
	if err != nil {
		return err
	}
	im.in = in
	var record []byte
	for {
		row, problems, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if im.result.Rows++; im.result.Rows%importBatch == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if len(problems) > 0 {
			err = im.refused.add(row, problems...)
		} else {
			record = appendCells(binary.AppendUvarint(record[:0], uint64(row.Line)), row.Cells)
			err = im.rows.add(row.Resource.ID, record)
		}
		if err != nil {
			return err
		}
	}
	if im.result.Rows == 0 {
		return errNoRows()
	}
	return nil
}

func errNoRows() error { return &usage.ImportError{Problem: "The file has no rows, only a header."} }

// review goes over the rows on one state of the database and writes nothing.
func (im *importer) review(ctx context.Context) error {
	return im.store.db.Snapshot(ctx, func(tx *gorm.DB) error {
		return im.pass(ctx, tx, nil)
	})
}

// reviewed is what a review found.
func (im *importer) reviewed() Review {
	im.refused.trim()
	return Review{ImportResult: im.result, Wrong: im.refused.count, Errors: im.refused.first, Licenses: im.licenses.changes()}
}

// apply goes over the rows and writes what changes, with begin first, in one
// transaction; nothing if any row is wrong.
func (im *importer) apply(ctx context.Context, act usage.Act, name string, begin func(tx *gorm.DB) error) (ImportResult, error) {
	if im.refused.count > 0 {
		// What else is wrong is found without keeping other writers waiting.
		if err := im.review(ctx); err != nil {
			return ImportResult{}, err
		}
		return ImportResult{}, im.refused.err(im.result.Rows)
	}
	err := im.store.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := im.store.lockForImport(tx); err != nil {
			return err
		}
		if err := begin(tx); err != nil {
			return err
		}
		w := newImportWriter(im.store.dialect, tx.Statement.ConnPool, act.At)
		defer w.close()
		if err := im.pass(ctx, tx, w); err != nil {
			return err
		}
		if err := im.refused.err(im.result.Rows); err != nil {
			return err
		}
		return im.settle(tx, name)
	})
	if err != nil {
		return ImportResult{}, err
	}
	return im.result, nil
}

// settle writes the counters of the licenses and the activity row.
func (im *importer) settle(tx *gorm.DB, name string) error {
	for _, l := range im.licenses.sorted() {
		if err := addCounters(tx, l.ID, l.delta); err != nil {
			return err
		}
	}
	if im.result.New+im.result.Updated == 0 {
		return nil
	}
	detail := fmt.Sprintf("%d new, %d updated, %d unchanged", im.result.New, im.result.Updated, im.result.Unchanged)
	return record(tx, im.act, usage.Activity{Action: "imported", Noun: "tracked resources", Name: name, Detail: detail})
}
