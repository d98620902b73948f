package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/usage"
)

// openImporter makes what stages, judges and applies imports.
func (p *program) openImporter(progress func(inventory.Import)) *inventory.Importer {
	o := inventory.Options{Now: p.now, TempDir: p.config.DataDir, Logger: p.log, Progress: progress}
	if dir := p.config.sqliteDir(); dir != "" {
		o.Free = func() (int64, error) { return freeBytes(dir) }
	}
	return inventory.New(p.store, o)
}

// freeBytes is how much room the disk of a directory has for us.
func freeBytes(dir string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(dir, &disk); err != nil {
		return 0, fmt.Errorf("look at the disk of %s: %w", dir, err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil //nolint:unconvert // the types differ from system to system
}

// runImport imports tracked resources from a file, or goes on with imports that
// were interrupted.
func (p *program) runImport(ctx context.Context, c importCommand) error {
	if (c.File == "") != c.Resume {
		return &usageError{"expected either \"<file>\" or --resume"}
	}
	var file *os.File
	if !c.Resume {
		var err error
		if file, err = os.Open(c.File); err != nil {
			return err
		}
		defer file.Close()
	}
	for _, open := range []func(context.Context) error{p.openDataDir, p.openStore} {
		if err := open(ctx); err != nil {
			return err
		}
	}
	bar := newProgress(p.now)
	defer bar.clear()
	im := p.openImporter(bar.imports)
	if c.Resume {
		return p.resumeImports(ctx, im, bar)
	}
	return p.importFile(ctx, im, bar, c, file)
}

// importFile hands a file over to be imported and waits for that. What is wrong
// with it goes to standard error, a line for each problem: file:line: column:
// problem.
func (p *program) importFile(ctx context.Context, im *inventory.Importer, bar *progress, c importCommand, file *os.File) error {
	dialect, err := c.dialect()
	if err != nil {
		return err
	}
	read, err := im.Read(ctx, bar.reads(file), dialect)
	if err != nil {
		bar.clear()
		return explainImport(os.Stderr, c.File, err)
	}
	defer read.Close()
	job, err := im.Stage(ctx, p.act(commandLineUser), read, inventory.Source{Name: filepath.Base(c.File), License: c.License, Direct: true})
	if err != nil {
		bar.clear()
		return explainImport(os.Stderr, c.File, err)
	}
	return p.followImport(ctx, im, bar, job, c.File)
}

// dialect is how the file is written, as far as the command line tells.
func (c importCommand) dialect() (usage.ImportDialect, error) {
	d := usage.ImportDialect{Encoding: usage.Encoding(c.Encoding)}
	names := map[string]rune{"comma": ',', "semicolon": ';', "tab": '\t', "pipe": '|'}
	switch delimiter := names[c.Delimiter]; {
	case c.Delimiter == "":
	case delimiter != 0:
		d.Delimiter = delimiter
	case len(c.Delimiter) == 1 && strings.Contains(usage.Delimiters(), c.Delimiter):
		d.Delimiter = rune(c.Delimiter[0])
	default:
		return d, wrong("delimiter", fmt.Errorf("%q is none of comma, semicolon, tab, and pipe", c.Delimiter))
	}
	return d, nil
}

// resumeImports goes on with what an earlier command has left.
func (p *program) resumeImports(ctx context.Context, im *inventory.Importer, bar *progress) error {
	const most = 1000
	open, err := im.Open(ctx, commandLineUser, most)
	if err != nil {
		return err
	}
	var errs []error
	for _, job := range open {
		if job.Direct && job.State == inventory.Staged || job.State == inventory.Applying {
			errs = append(errs, p.followImport(ctx, im, bar, job, job.FileName))
		}
	}
	if len(errs) == 0 {
		fmt.Println("There is no import to resume.")
	}
	return errors.Join(errs...)
}

// leftToConsole is how long an import is left to a console that is running: it
// takes one within a second.
const leftToConsole = 5 * time.Second

// followImport waits for the end of an import, and works on it unless a console
// does. path is what the file is called in messages.
func (p *program) followImport(ctx context.Context, im *inventory.Importer, bar *progress, job inventory.Import, path string) error {
	patience := time.Duration(0)
	if consoleRuns(p.config.sqliteDir()) {
		patience = leftToConsole // two processes that write in turn would keep each other waiting
	}
	id := job.ID
	job, err := im.Follow(ctx, id, patience)
	bar.clear()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s is not imported yet: a running console goes on with it, or the command \"%s import --resume\"", path, name)
	case err != nil:
		return explainImport(os.Stderr, path, err)
	}
	if job.Wrong > 0 {
		problems, err := im.Problems(ctx, job)
		if err != nil {
			return err
		}
		listProblems(os.Stderr, path, problems, job.Wrong)
	}
	fmt.Printf("Imported %s: %d new, %d updated, %d unchanged.\n", count(job.Rows-job.Wrong, "row", "rows"), job.Added, job.Updated, job.Unchanged)
	if job.Wrong > 0 {
		return fmt.Errorf("%s could not be imported any more", count(job.Wrong, "row", "rows"))
	}
	return nil
}

// explainImport writes the problems of a file and returns the error that sums
// them up.
func explainImport(w io.Writer, path string, err error) error {
	var (
		refused    *inventory.RefusedError
		unreadable *usage.ImportError
		fields     usage.FieldErrors
	)
	switch {
	case errors.As(err, &refused):
		listProblems(w, path, refused.Problems, refused.Import.Wrong)
		return fmt.Errorf("nothing was imported: %d of %d rows are wrong", refused.Import.Wrong, refused.Import.Rows)
	case errors.As(err, &unreadable):
		fmt.Fprintln(w, fileProblem(path, unreadable))
		return errors.New("nothing was imported: the file can’t be read")
	case errors.As(err, &fields) && fields[0].Field == "license":
		return wrong("license", errors.New(fields[0].Message))
	case errors.As(err, &fields):
		return fmt.Errorf("nothing was imported: %s", fields[0].Message)
	case errors.Is(err, store.ErrNotFound):
		return errors.New("nothing was imported: the import was canceled")
	default:
		return fmt.Errorf("nothing was imported: %w", err)
	}
}

// listProblems writes the first problems of rows, of so many rows in all.
func listProblems(w io.Writer, path string, problems []usage.RowError, rows int64) {
	lines := map[int]bool{}
	for _, e := range problems {
		fmt.Fprintln(w, rowProblem(path, e))
		lines[e.Line] = true
	}
	if int64(len(lines)) < rows {
		fmt.Fprintf(w, "%s: and more: %d rows have errors.\n", path, rows)
	}
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
