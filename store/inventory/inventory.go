// Package inventory brings tracked resources into the store. What comes, such as
// an uploaded file, is staged, judged against what is stored, reviewed by a person,
// and applied.
//
// An import is a job of short transactions, so that nobody waits for it. Its rows
// are in the database, in the order of resource IDs; whoever works on it holds a
// lease, and moves its cursor in the transaction that writes the rows. So it goes
// on after a crash, in whichever process, and each row is applied once.
package inventory

import (
	"context"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/db"
	"license-manager/store/usage"
)

// State is how far an import is.
type State string

// The states, in their order.
const (
	Staging  State = "staging"  // its rows are being stored
	Staged   State = "staged"   // it waits to be judged
	Reviewed State = "reviewed" // it waits for a person, or it has rows with errors
	Applying State = "applying" // it is being applied, or waits for that
	Applied  State = "applied"
	Canceled State = "canceled" // it is to be deleted
)

// Import is a file that was staged.
type Import struct {
	ID        string `gorm:"primaryKey"`
	UserName  string // whose it is
	Address   string // from where it came; empty for the command line
	FileName  string
	License   string // id of the license of rows that name none; empty for none
	Direct    bool   // it is applied without a person's review
	Header    []byte // the names of the columns; see appendCells
	State     State
	Size      int64 // of the file, in bytes
	Rows      int64 // of the file, without its header
	Done      int64 // rows that were judged, or applied
	Total     int64 // what Done counts up to
	Resources int64 // that the rows are about
	Result    `gorm:"embedded"`

	Claim       string     // of who works on it
	LeaseUntil  *time.Time // until when the claim holds
	CreatedAt   time.Time
	ConfirmedAt *time.Time // when a person decided to apply it
	FinishedAt  *time.Time
}

// Result counts what an import would change or, once it is applied, has changed.
type Result struct {
	Added     int64 // resources that were not tracked before
	Updated   int64 // resources of which an attribute, or the use of a license, changed
	Unchanged int64 // resources that were as in the file
	Wrong     int64 // rows with errors; once it is applied, rows that could not be applied any more
}

// Changes is how many resources are written.
func (r Result) Changes() int64 { return r.Added + r.Updated }

// LicenseChange is what an import means for a license, as it was judged.
type LicenseChange struct {
	License usage.License `gorm:"embedded"`
	Before  int64         `gorm:"column:consumed_before"` // when it was judged
	After   int64         `gorm:"column:consumed_after"`
}

// Options are the parts of an Importer.
type Options struct {
	Now     func() time.Time // nil for the machine's clock
	TempDir string           // where large files are sorted; empty for the system's
	// Free tells how many bytes the disk of the database has left; nil if that is
	// somewhere else.
	Free func() (int64, error)
	// Progress is told how far the import is that is worked on; may be nil.
	Progress func(Import)
	Logger   *slog.Logger
}

// Importer stages, judges and applies imports. It is safe for concurrent use.
type Importer struct {
	store *store.Store
	db    *db.DB
	o     Options
	first int // rows that a slice has at least
}

// New returns an Importer.
func New(s *store.Store, o Options) *Importer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(Import) {}
	}
	return &Importer{store: s, db: s.DB(), o: o, first: firstSlice}
}

func (im *Importer) now() time.Time { return db.UTC(im.o.Now()) }

func (im *Importer) records(job Import, kind string, next int64) unpacker {
	return unpacker{query: im.db.Query, importID: job.ID, kind: kind, next: next}
}

// rowsOf reads the rows of an import from a row on.
func (im *Importer) rowsOf(job Import, next int64) (*rowReader, error) {
	header, err := usage.NewImportHeader(split(job.Header))
	return &rowReader{header: header, records: im.records(job, rowChunks, next)}, err
}

// Unused returns the names of the columns that an import passes over, as a page can
// show them.
func (i Import) Unused() []string {
	header, err := usage.NewImportHeader(split(i.Header))
	if err != nil {
		return nil // then there is no import
	}
	return header.Unused()
}

// tx runs fn in a transaction that changes the inventory. Only the transaction
// ends with ctx, not a single statement: to look out for the end of a context
// costs the driver of SQLite more than a row.
func (im *Importer) tx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return im.db.Tx(ctx, func(tx *gorm.DB) error { return fn(tx.WithContext(context.WithoutCancel(ctx))) })
}
