package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// servingFile is locked by every console that runs on a SQLite database, so that
// commands know of it.
const servingFile = "console.lock"

// showServing lets commands know that a console runs, until it ends.
func (p *program) showServing(context.Context) error {
	dir := p.config.sqliteDir()
	if dir == "" {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, servingFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return wrong("data-dir", err)
	}
	p.onStop(func(context.Context) error { return f.Close() })
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_SH); err != nil {
		return wrong("data-dir", fmt.Errorf("lock %s: %w", f.Name(), err))
	}
	return nil
}

// consoleRuns reports whether a console runs on the SQLite database in a directory;
// empty for PostgreSQL.
func consoleRuns(dir string) bool {
	if dir == "" {
		return false
	}
	f, err := os.Open(filepath.Join(dir, servingFile))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
