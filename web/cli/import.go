package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"license-manager/store"
	"license-manager/store/usage"
)

// importFile imports tracked resources from a file. What is wrong with it goes
// to standard error, a line for each problem: file:line: column: problem.
func (p *program) importFile(ctx context.Context, c importCommand) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := p.openDataDir(ctx); err != nil {
		return err
	}
	if err := p.openStore(ctx); err != nil {
		return err
	}
	bar := newProgress(file, p.now)
	result, err := p.store.ImportFile(ctx, p.act(commandLineUser), store.ImportSource{
		Name: filepath.Base(c.File), License: c.License, File: file, Progress: bar.report,
	})
	bar.clear()
	if err != nil {
		return explainImport(os.Stderr, c.File, err)
	}
	_, err = fmt.Printf("Imported %s: %d new, %d updated, %d unchanged.\n", count(result.Rows, "row", "rows"), result.New, result.Updated, result.Unchanged)
	return err
}

// explainImport writes the problems of a file and returns the error that sums
// them up.
func explainImport(w io.Writer, path string, err error) error {
	var (
		refused    *store.ImportRefusedError
		unreadable *usage.ImportError
		wrong      usage.FieldErrors
	)
	switch {
	case errors.As(err, &refused):
		for _, e := range refused.Errors {
			fmt.Fprintln(w, rowProblem(path, e))
		}
		if more := refused.Wrong - int64(len(refused.Errors)); more > 0 {
			fmt.Fprintf(w, "%s: and more: %d rows have errors.\n", path, refused.Wrong)
		}
		return fmt.Errorf("nothing was imported: %d of %d rows are wrong", refused.Wrong, refused.Rows)
	case errors.As(err, &unreadable):
		fmt.Fprintln(w, fileProblem(path, unreadable))
		return errors.New("nothing was imported: the file can’t be read")
	case errors.As(err, &wrong):
		return wrongLicense(wrong)
	default:
		return fmt.Errorf("nothing was imported: %w", err)
	}
}

// wrongLicense is a license that was named on the command line.
func wrongLicense(errs usage.FieldErrors) error {
	return wrong("license", errors.New(errs[0].Message))
}

// fileProblem is where a file can't be read, and why.
func fileProblem(path string, e *usage.ImportError) string {
	if e.Column > 0 {
		return fmt.Sprintf("%s:%d:%d: %s", path, e.Line, e.Column, e.Problem)
	}
	return rowProblem(path, usage.RowError{Line: e.Line, Problem: e.Problem})
}

// rowProblem is a problem in the form that editors and terminals follow.
func rowProblem(path string, e usage.RowError) string {
	place := path
	if e.Line > 0 {
		place += fmt.Sprintf(":%d", e.Line)
	}
	if e.Column != "" {
		place += ": " + e.Column
	}
	return place + ": " + e.Problem
}
