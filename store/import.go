package store

import (
	"context"
	"fmt"
	"io"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// ImportErrorsShown is how many errors of rows a Review or an
// ImportRefusedError carries at most; the others are counted.
const ImportErrorsShown = 100

// Review says what an import would change.
type Review struct {
	ImportResult
	Wrong    int64            // rows with errors; while there are any, nothing can be imported
	Errors   []usage.RowError // the first ones, by line
	Licenses []LicenseChange  // of which the import changes the consumption or which it names, by name
}

// ImportResult counts what an import changed.
type ImportResult struct {
	Rows      int64 // of the file, without its header
	New       int64 // resources that were not tracked before
	Updated   int64 // resources of which an attribute, or the use of a license, changed
	Unchanged int64 // resources that were as in the file
}

// LicenseChange is what an import means for a license.
type LicenseChange struct {
	License usage.License
	Before  int64 // licenses consumed now
	After   int64 // licenses consumed after the import
}

// ImportRefusedError says why nothing of an import was written.
type ImportRefusedError struct {
	Rows   int64            // of the file, without its header
	Wrong  int64            // rows with errors
	Errors []usage.RowError // the first ones, by line
}

// Error returns the first error and how many rows have one.
func (e *ImportRefusedError) Error() string {
	first := e.Errors[0]
	return fmt.Sprintf("%d of %d rows can’t be imported; line %d: %s", e.Wrong, e.Rows, first.Line, first.Problem)
}

// ReviewImport says what a staged import would change, and changes nothing. A
// file that can't be read comes as *usage.ImportError.
func (s *Store) ReviewImport(ctx context.Context, staged Import) (Review, error) {
	im := s.newImporter(usage.Act{}, staged.License)
	defer im.close()
	if err := im.read(ctx, s.staged(ctx, staged)); err != nil {
		return Review{}, db.Translate(err)
	}
	if err := im.review(ctx); err != nil {
		return Review{}, err
	}
	return im.reviewed(), nil
}

// WriteImportErrors writes the rows of a staged import that have errors as
// CSV: as they are in the file, with their line, the column and the problem.
// Nothing is written to w before all errors are known, nor while the database
// is read.
func (s *Store) WriteImportErrors(ctx context.Context, staged Import, w io.Writer) error {
	im := s.newImporter(usage.Act{}, staged.License)
	defer im.close()
	im.refused.all = newSorter(s.tempDir)
	if err := im.read(ctx, s.staged(ctx, staged)); err != nil {
		return db.Translate(err)
	}
	if err := im.review(ctx); err != nil {
		return err
	}
	return im.refused.write(w, im.in.Header())
}

// ApplyImport imports a staged file and drops it. Everything is checked once
// more; if any row is wrong nothing is written and the error is an
// *ImportRefusedError. ErrNotFound means that it was imported or dropped
// meanwhile.
func (s *Store) ApplyImport(ctx context.Context, act usage.Act, staged Import) (ImportResult, error) {
	im := s.newImporter(act, staged.License)
	defer im.close()
	if err := im.read(ctx, s.staged(ctx, staged)); err != nil {
		return ImportResult{}, db.Translate(err)
	}
	return im.apply(ctx, act, staged.FileName, func(tx *gorm.DB) error {
		return db.Changed(tx.Exec("DELETE FROM imports WHERE id = ?", staged.ID), fmt.Errorf("import %s: %w", staged.ID, ErrNotFound))
	})
}

// ImportSource is a file that is imported without being staged.
type ImportSource struct {
	Name     string // of the file, for the activity log
	License  string // id or name of the license of rows that name none; may be empty
	File     io.Reader
	Progress func(done int64) // is told from time to time how many bytes are dealt with; may be nil
}

// ImportFile imports a file as ApplyImport does.
func (s *Store) ImportFile(ctx context.Context, act usage.Act, source ImportSource) (ImportResult, error) {
	l, err := s.licenseOfFile(ctx, source.License)
	if err != nil {
		return ImportResult{}, err
	}
	im := s.newImporter(act, l)
	defer im.close()
	im.progress.report = source.Progress
	if err := im.read(ctx, source.File); err != nil {
		return ImportResult{}, db.Translate(err)
	}
	return im.apply(ctx, act, source.Name, func(*gorm.DB) error { return nil })
}
