package store

import (
	"context"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// importWriter writes resources and their associations, many with a statement.
// What is new is inserted without looking for it once more. Full statements run
// beside the pass, but for the time in which it reads. Nil writes nothing.
type importWriter struct {
	dialect         dialect
	newResources    *bulkInsert
	resources       *bulkInsert
	newAssociations *bulkInsert
	associations    *bulkInsert
	lines           []byte     // rendered lines of the associations that wait
	full            bool       // enough waits
	ready           writeBatch // taken from what waits
	running         chan error // nil if no statement runs
}

// writeBatch is what the statements of an importWriter insert next, in their
// order.
type writeBatch struct {
	args  [4][]any
	lines []byte // memory of the lines among args
}

const (
	insertResources = `INSERT INTO resources (id, arn, type, status, owner_account_id, region, platform, instance_type, tenancy,
	vcpus, cores, sockets, threads_per_core, created_at, updated_at) VALUES `
	resourceConflict = ` ON CONFLICT (id) DO UPDATE SET arn = excluded.arn, type = excluded.type, status = excluded.status,
	owner_account_id = excluded.owner_account_id, region = excluded.region, platform = excluded.platform, instance_type = excluded.instance_type,
	tenancy = excluded.tenancy, vcpus = excluded.vcpus, cores = excluded.cores, sockets = excluded.sockets,
	threads_per_core = excluded.threads_per_core, updated_at = excluded.updated_at`
)

func newImportWriter(d dialect, pool gorm.ConnPool, at time.Time) *importWriter {
	now := driverTime(d, db.UTC(at))
	bulk := func(columns int, into, conflict string, shared ...any) *bulkInsert {
		return &bulkInsert{db: pool, dialect: d, columns: columns, into: into, conflict: conflict, shared: shared}
	}
	return &importWriter{
		dialect:         d,
		newResources:    bulk(13, insertResources, "", now, now),
		resources:       bulk(13, insertResources, resourceConflict, now, now),
		newAssociations: bulk(7, insertAssociations, ""),
		associations:    bulk(7, insertAssociations, associationConflict),
	}
}

// all returns the statements in the order in which they are to run:
// associations refer to resources.
func (w *importWriter) all() []*bulkInsert {
	return []*bulkInsert{w.newResources, w.resources, w.newAssociations, w.associations}
}

// put takes a resource, if it changed, and its associations that changed with
// it or by themselves.
func (w *importWriter) put(e *importEntry, changed bool) {
	if w == nil {
		return
	}
	if changed {
		w.putResource(e)
	}
	for i := range e.uses {
		if u := &e.uses[i]; changed || u.changed() {
			w.putUse(e, u)
		}
	}
}

func (w *importWriter) putResource(e *importEntry) {
	b := w.newResources
	if e.known {
		b = w.resources
	}
	r := &e.resource
	b.add(e.id, r.ARN, string(r.Type), r.Status, r.OwnerAccountID, r.Region, r.Platform, r.InstanceType, r.Tenancy,
		optional(r.VCPUs), optional(r.Cores), optional(r.Sockets), optional(r.ThreadsPerCore))
	w.full = w.full || b.full()
}

func (w *importWriter) putUse(e *importEntry, u *importUse) {
	b := w.newAssociations
	if u.stored.LicenseID != "" {
		b = w.associations
	}
	begin := len(w.lines)
	w.lines = usage.AppendResourceLine(w.lines, e.resource, u.Association)
	b.add(u.LicenseID, u.ResourceID, string(u.ResourceType), u.Consumed, optional(u.Given), driverTime(w.dialect, u.AssociatedAt),
		w.lines[begin:len(w.lines):len(w.lines)])
	w.full = w.full || b.full()
}

// start begins to write what was taken, if that is enough for a statement.
func (w *importWriter) start(ctx context.Context) {
	if w == nil || !w.full {
		return
	}
	w.full = false
	for i, b := range w.all() {
		w.ready.args[i] = b.take(w.ready.args[i])
	}
	w.ready.lines, w.lines = w.lines, w.ready.lines[:0]
	done := make(chan error, 1)
	w.running = done
	go func() { done <- w.insert(ctx) }()
}

// wait waits until nothing is written any more.
func (w *importWriter) wait() error {
	if w == nil || w.running == nil {
		return nil
	}
	err := <-w.running
	w.running = nil
	return err
}

// flush writes all that was put.
func (w *importWriter) flush(ctx context.Context) error {
	if err := w.wait(); w == nil || err != nil {
		return err
	}
	w.full = true
	w.start(ctx)
	return w.wait()
}

func (w *importWriter) insert(ctx context.Context) error {
	ctx = statementContext(ctx, w.dialect)
	for i, b := range w.all() {
		if err := b.insert(ctx, w.ready.args[i]); err != nil {
			return err
		}
	}
	return nil
}

// close gives up what was put and not written.
func (w *importWriter) close() {
	w.wait() //nolint:errcheck // the transaction ends with the error that brought us here
	for _, b := range w.all() {
		b.close()
	}
}

// driverTime returns t as the database's driver would write it, of which
// SQLite's makes much work.
func driverTime(d dialect, t time.Time) any {
	if d == sqliteDialect {
		return t.Format(sqlite3.SQLiteTimestampFormats[0])
	}
	return t
}

func optional(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}
