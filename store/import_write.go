package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"

	"license-manager/store/usage"
)

// importWriter writes resources and their associations, many with a statement.
type importWriter struct {
	dialect      dialect
	at           time.Time
	resources    *bulkInsert
	associations *bulkInsert
	lines        []byte // rendered lines of the associations that wait
}

const resourceConflict = ` ON CONFLICT (id) DO UPDATE SET arn = excluded.arn, type = excluded.type, status = excluded.status,
	owner_account_id = excluded.owner_account_id, region = excluded.region, platform = excluded.platform, instance_type = excluded.instance_type,
	tenancy = excluded.tenancy, vcpus = excluded.vcpus, cores = excluded.cores, sockets = excluded.sockets,
	threads_per_core = excluded.threads_per_core, updated_at = excluded.updated_at`

func newImportWriter(d dialect, db gorm.ConnPool, at time.Time) *importWriter {
	return &importWriter{
		dialect: d, at: utc(at),
		resources: &bulkInsert{db: db, dialect: d, columns: 15, conflict: resourceConflict,
			into: `INSERT INTO resources (id, arn, type, status, owner_account_id, region, platform, instance_type, tenancy, vcpus, cores,
				sockets, threads_per_core, created_at, updated_at) VALUES `},
		associations: &bulkInsert{db: db, dialect: d, columns: 7, into: insertAssociations, conflict: associationConflict},
	}
}

func (w *importWriter) close() {
	w.resources.close()
	w.associations.close()
}

// put writes a resource, if it changed, and its associations that changed with
// it or by themselves.
func (w *importWriter) put(ctx context.Context, e *importEntry, changed bool) error {
	if changed {
		r := &e.resource
		w.resources.add(e.id, r.ARN, string(r.Type), r.Status, r.OwnerAccountID, r.Region, r.Platform, r.InstanceType, r.Tenancy,
			count(r.VCPUs), count(r.Cores), count(r.Sockets), count(r.ThreadsPerCore), w.time(w.at), w.time(w.at))
	}
	for i := range e.uses {
		u := &e.uses[i]
		if !changed && !u.changed() {
			continue
		}
		begin := len(w.lines)
		w.lines = usage.AppendResourceLine(w.lines, e.resource, u.Association)
		w.associations.add(u.LicenseID, u.ResourceID, string(u.ResourceType), u.Consumed, count(u.Given), w.time(u.AssociatedAt),
			w.lines[begin:len(w.lines):len(w.lines)])
	}
	if w.resources.rows < importBatch && w.associations.rows < importBatch {
		return nil
	}
	return w.flush(ctx)
}

// flush writes what waits, resources first, since associations refer to them.
func (w *importWriter) flush(ctx context.Context) error {
	ctx = statementContext(ctx, w.dialect)
	if err := w.resources.flush(ctx); err != nil {
		return err
	}
	err := w.associations.flush(ctx)
	w.lines = w.lines[:0]
	return err
}

// time returns t as the database's driver would write it, without the work
// where it is the same for all rows.
func (w *importWriter) time(t time.Time) any {
	if w.dialect == sqliteDialect {
		return t.Format(sqlite3.SQLiteTimestampFormats[0])
	}
	return t
}

func count(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

// bulkInsert inserts rows, many with a prepared statement.
type bulkInsert struct {
	db         gorm.ConnPool
	dialect    dialect
	into       string // up to VALUES
	conflict   string
	columns    int
	args       []any
	rows       int
	statements map[int]*sql.Stmt // by the number of their rows
}

func (b *bulkInsert) add(row ...any) {
	b.args = append(b.args, row...)
	b.rows++
}

// flush inserts the rows that wait.
func (b *bulkInsert) flush(ctx context.Context) error {
	args := b.args
	for _, size := range [...]int{importBatch, importBatch / 5, importBatch / 25, 4, 1} {
		for ; len(args) >= size*b.columns; args = args[size*b.columns:] {
			statement, err := b.statement(ctx, size) //nolint:sqlclosecheck // close closes them all
			if err != nil {
				return err
			}
			if _, err := statement.ExecContext(ctx, args[:size*b.columns]...); err != nil {
				return err
			}
		}
	}
	clear(b.args)
	b.args, b.rows = b.args[:0], 0
	return nil
}

// statement returns the statement that inserts so many rows.
func (b *bulkInsert) statement(ctx context.Context, rows int) (*sql.Stmt, error) {
	if prepared := b.statements[rows]; prepared != nil {
		return prepared, nil
	}
	prepared, err := b.db.PrepareContext(ctx, b.dialect.numbered(b.into+placeholders(rows, b.columns)+b.conflict))
	if err != nil {
		return nil, err
	}
	if b.statements == nil {
		b.statements = map[int]*sql.Stmt{}
	}
	b.statements[rows] = prepared
	return prepared, nil
}

func (b *bulkInsert) close() {
	for _, s := range b.statements {
		s.Close() //nolint:errcheck // the transaction that it belongs to ends
	}
}
