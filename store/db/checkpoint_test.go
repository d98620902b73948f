package db

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"
)

// openFile opens a new SQLite file with a table to fill.
func openFile(t *testing.T) (d *DB, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	d, err := Open(t.Context(), Options{URL: path, Streams: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	exec(t, d, "CREATE TABLE filler (n INTEGER, bytes BLOB)")
	return d, path
}

func exec(t *testing.T, d *DB, statement string) {
	t.Helper()
	if err := d.Tx(t.Context(), func(tx *gorm.DB) error { return tx.Exec(statement).Error }); err != nil {
		t.Fatal(err)
	}
}

// fill writes 20 MiB.
func fill(t *testing.T, d *DB) {
	t.Helper()
	for range 5 {
		exec(t, d, "INSERT INTO filler VALUES ((SELECT count(*) FROM filler), zeroblob(4194304))")
	}
}

// stream reads from the file and calls fn meanwhile.
func stream(ctx context.Context, d *DB, fn func() error) error {
	return d.Stream(ctx, func(st *Stream) error {
		var n int
		if err := st.Tx.Raw("SELECT count(*) FROM filler").Scan(&n).Error; err != nil {
			return err
		}
		return fn()
	})
}

// TestLogIsGivenBack writes much while a snapshot is read, which keeps SQLite
// from writing over its log.
func TestLogIsGivenBack(t *testing.T) {
	t.Parallel()
	d, path := openFile(t)
	err := stream(t.Context(), d, func() error {
		fill(t, d)
		if err := d.Checkpoint(t.Context()); err != nil {
			t.Errorf("while a snapshot is read: %v", err)
		}
		if size := logSize(t, path); size < 20<<20 {
			t.Errorf("the log has %d bytes, but what the reader does not see yet is 20 MiB", size)
		}
		exec(t, d, "DELETE FROM filler WHERE n = 0") // writers are not held up
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantGivenBack(t, d, path)
	var left int
	if err := d.Query(t.Context()).Raw("SELECT count(*) FROM filler").Scan(&left).Error; err != nil || left != 4 {
		t.Errorf("%d rows are left (%v), want 4", left, err)
	}
}

// TestLogIsBoundedByStreams begins a stream while another is read and the log is
// too large: SQLite begins its log anew only when nobody reads from it.
func TestLogIsBoundedByStreams(t *testing.T) {
	t.Parallel()
	d, path := openFile(t)
	d.checkpoints.most = 18 << 20
	nothing := func() error { return nil }
	err := stream(t.Context(), d, func() error {
		fill(t, d)
		if err := stream(t.Context(), d, nothing); err != nil {
			t.Errorf("a second stream before the log was looked at: %v", err)
		}
		if err := d.Checkpoint(t.Context()); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := stream(ctx, d, nothing); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a stream began while the log was too large: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantGivenBack(t, d, path)
	if err := stream(t.Context(), d, nothing); err != nil {
		t.Errorf("a stream after the log was given back: %v", err)
	}
}

// TestStreamsDoNotWaitForOtherPrograms keeps the log too large by another
// program's reader, such as a backup: it ends no sooner if streams wait.
func TestStreamsDoNotWaitForOtherPrograms(t *testing.T) {
	t.Parallel()
	d, path := openFile(t)
	d.checkpoints.most = 18 << 20
	backup := anotherProgram(t, path, "BEGIN")
	var rows int
	if err := backup.QueryRowContext(t.Context(), "SELECT count(*) FROM filler").Scan(&rows); err != nil {
		t.Fatal(err)
	}
	fill(t, d)
	if err := d.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size := logSize(t, path); size < 18<<20 {
		t.Errorf("the log has %d bytes though it is read", size)
	}
	if err := stream(t.Context(), d, func() error { return nil }); err != nil {
		t.Errorf("a stream beside another program: %v", err)
	}
}

// TestCheckpointLeavesNoLock ends the context of a checkpoint at each moment at
// which anybody looks at it: others can write afterwards.
func TestCheckpointLeavesNoLock(t *testing.T) {
	t.Parallel()
	d, path := openFile(t)
	other := anotherProgram(t, path, "PRAGMA busy_timeout = 0")
	d.checkpoints.kept, d.checkpoints.most = 1, 1 // every log is large
	for moment := range int64(60) {
		exec(t, d, "INSERT INTO filler VALUES (1, zeroblob(65536))")
		ctx, cancel := context.WithCancel(t.Context())
		_ = d.Checkpoint(&endingContext{Context: ctx, end: cancel, moment: moment})
		cancel()
		for _, statement := range []string{"BEGIN IMMEDIATE", "ROLLBACK"} {
			if _, err := other.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("moment %d: %s: %v", moment, statement, err)
			}
		}
		var patience int
		if err := d.checkpoints.db.QueryRowContext(t.Context(), "PRAGMA busy_timeout").Scan(&patience); err != nil || patience != 0 {
			t.Fatalf("moment %d: the checkpoint waits %d ms for locks from now on (%v)", moment, patience, err)
		}
	}
}

// endingContext ends when its end is asked for the moment-th time.
type endingContext struct {
	context.Context
	end    context.CancelFunc
	moment int64
	asked  atomic.Int64
}

func (c *endingContext) Done() <-chan struct{} {
	if c.asked.Add(1) > c.moment {
		c.end()
	}
	return c.Context.Done()
}

// anotherProgram is a connection that the program does not know.
func anotherProgram(t *testing.T, path, begin string) *sql.Conn {
	t.Helper()
	other, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := conn.ExecContext(t.Context(), begin); err != nil {
		t.Fatal(err)
	}
	return conn
}

// wantGivenBack copies the log and wants it empty.
func wantGivenBack(t *testing.T, d *DB, path string) {
	t.Helper()
	if err := d.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size := logSize(t, path); size != 0 {
		t.Errorf("the log has %d bytes, want it empty", size)
	}
}

func logSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
