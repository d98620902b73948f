package store

import (
	"context"
	"encoding/binary"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// importBatch is how many rows of a file are dealt with at once.
const importBatch = 500

// importPass goes over the sorted rows of an import, a batch at a time.
type importPass struct {
	*importer
	loader  *importLoader
	writer  *importWriter // nil writes nothing
	given   bool          // the file says how many licenses a resource consumes
	batch   []usage.ImportRow
	entries []importEntry // the resources of the batch
	open    importEntry   // the last one of the batch before, of which more rows may come
	cells   []string
	done    int64
}

// pass goes over all rows. It writes with w until a row is refused; nil writes
// nothing.
func (im *importer) pass(ctx context.Context, tx *gorm.DB, w *importWriter) error {
	im.licenses = newImportLicenses(tx, im.store, w)
	loader, err := newImportLoader(ctx, im.store.dialect, tx.Statement.ConnPool)
	if err != nil {
		return err
	}
	defer loader.close()
	p := &importPass{importer: im, loader: loader, writer: w, given: im.in.Has("consumed_licenses")}
	err = im.rows.each(func(_, record []byte) error {
		p.add(record)
		if len(p.batch) < importBatch {
			return nil
		}
		return p.step(ctx)
	})
	if err == nil {
		err = p.finish(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err() // and not what the database says of a transaction that is gone
	}
	return err
}

// add reads a sorted row.
func (p *importPass) add(record []byte) {
	line, n := binary.Uvarint(record)
	if p.refused.all != nil {
		p.cells = nil // kept with the row
	}
	p.cells = appendedCells(p.cells[:0], record[n:])
	row, _ := p.in.Row(int(line), p.cells)
	p.batch = append(p.batch, row)
}

// step deals with a batch of rows.
func (p *importPass) step(ctx context.Context) error {
	if len(p.batch) == 0 {
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.load(ctx, p.openEntries()); err != nil {
		return err
	}
	at := 0
	for i := range p.batch {
		if p.batch[i].Resource.ID != p.entries[at].id {
			p.complete(&p.entries[at])
			at++
		}
		if err := p.apply(&p.entries[at], &p.batch[i]); err != nil {
			return err
		}
	}
	p.open, p.entries[at] = p.entries[at], p.open
	p.done += int64(len(p.batch))
	p.progress.written(p.done, p.result.Rows)
	p.batch = p.batch[:0]
	return nil
}

// openEntries makes the entries of the batch's resources, and returns those of
// which it is not known yet what is stored: all but the one of which the batch
// before had rows.
func (p *importPass) openEntries() []importEntry {
	p.entries = p.entries[:0]
	for i := range p.batch {
		id := p.batch[i].Resource.ID
		if i > 0 && id == p.batch[i-1].Resource.ID {
			continue
		}
		if n := len(p.entries); n < cap(p.entries) {
			p.entries = p.entries[:n+1] // with the memory of an earlier one
		} else {
			p.entries = append(p.entries, importEntry{})
		}
		p.entries[len(p.entries)-1].reset(id)
	}
	if p.open.id != p.entries[0].id {
		p.complete(&p.open)
		return p.entries
	}
	p.open, p.entries[0] = p.entries[0], p.open
	return p.entries[1:]
}

// load reads what is stored of entries. What was put before is written from
// then on, beside what comes next, since only one of both can use the
// connection.
func (p *importPass) load(ctx context.Context, entries []importEntry) error {
	if err := p.writer.wait(); err != nil {
		return err
	}
	if err := p.loader.load(entries, p.licenses); err != nil {
		return err
	}
	p.writer.start(ctx)
	return nil
}

// finish deals with the last batch, judges limits and writes the rest.
func (p *importPass) finish(ctx context.Context) error {
	if err := p.step(ctx); err != nil {
		return err
	}
	p.complete(&p.open)
	if err := p.refuseOverLimit(); err != nil || p.refused.count > 0 {
		return err
	}
	return p.writer.flush(ctx)
}

// complete counts a resource of which all rows are known, and puts it where it
// is to be written.
func (p *importPass) complete(e *importEntry) {
	if e.rows == 0 {
		return
	}
	changed := e.changed()
	switch {
	case !e.known:
		p.result.New++
	case changed || e.usesChanged():
		p.result.Updated++
	default:
		p.result.Unchanged++
		return
	}
	if p.refused.count == 0 {
		p.writer.put(e, changed)
	}
}
