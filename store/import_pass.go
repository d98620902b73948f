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
	writer  *importWriter // nil: nothing is written
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
	im.licenses = newImportLicenses(tx, im.store, w != nil)
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
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(p.batch) == 0 {
		return nil
	}
	if err := p.load(ctx); err != nil {
		return err
	}
	at := 0
	for i := range p.batch {
		if p.batch[i].Resource.ID != p.entries[at].id {
			at++
		}
		if err := p.apply(&p.entries[at], &p.batch[i]); err != nil {
			return err
		}
	}
	last := len(p.entries) - 1
	for i := range last {
		if err := p.complete(ctx, &p.entries[i]); err != nil {
			return err
		}
	}
	p.open, p.entries[last] = p.entries[last], p.open
	p.done += int64(len(p.batch))
	p.progress.written(p.done, p.result.Rows)
	p.batch = p.batch[:0]
	return nil
}

// load makes the entries of the batch's resources, as they are stored.
func (p *importPass) load(ctx context.Context) error {
	first := p.batch[0].Resource.ID
	if p.open.id != "" && p.open.id != first {
		if err := p.complete(ctx, &p.open); err != nil {
			return err
		}
		p.open.reset("")
	}
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
	unknown := p.entries
	if p.open.id == first {
		p.open, p.entries[0] = p.entries[0], p.open
		p.open.reset("")
		unknown = p.entries[1:]
	}
	return p.loader.load(unknown, p.licenses)
}

// finish deals with the last batch, flushes the writer and judges limits.
func (p *importPass) finish(ctx context.Context) error {
	if err := p.step(ctx); err != nil {
		return err
	}
	if p.open.id != "" {
		if err := p.complete(ctx, &p.open); err != nil {
			return err
		}
	}
	if err := p.refuseOverLimit(); err != nil {
		return err
	}
	if p.writer == nil || p.refused.count > 0 {
		return nil
	}
	return p.writer.flush(ctx)
}

// complete counts a resource of which all rows are known, and writes it.
func (p *importPass) complete(ctx context.Context, e *importEntry) error {
	changed := e.changed()
	switch {
	case !e.known:
		p.result.New++
	case changed || e.usesChanged():
		p.result.Updated++
	default:
		p.result.Unchanged++
		return nil
	}
	if p.writer == nil || p.refused.count > 0 {
		return nil
	}
	return p.writer.put(ctx, e, changed)
}
