package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// wantUnavailable checks that err is a database that can't be used now, said
// once.
func wantUnavailable(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrUnavailable) || strings.Count(err.Error(), store.ErrUnavailable.Error()) != 1 {
		t.Errorf("error %v, want %v", err, store.ErrUnavailable)
	}
}

// everything calls the store in each of its ways: a single read, a page, a
// write, the queue and a snapshot.
func everything(ctx context.Context, s *store.Store, run usage.Run) map[string]error {
	_, report := s.Report(ctx, run.ReportID)
	_, _, list := s.Reports(ctx, store.ReportQuery{Page: 1, Size: 25})
	_, pause := s.PauseReport(ctx, by("admin", start()), run.ReportID)
	_, claim := s.ClaimRuns(ctx, start(), lease, store.Lanes{Small: 1})
	snapshot := s.ReadSnapshot(ctx, run, start(), func(sr *store.SnapshotReader) error { _, err := sr.WriteRows(io.Discard, nil); return err })
	return map[string]error{"report": report, "list": list, "pause": pause, "claim": claim, "snapshot": snapshot, "ping": s.Ping(ctx)}
}

// server is a way to the PostgreSQL server of the tests that can be cut.
type server struct {
	listener net.Listener
	target   string
	address  string // of the database through this way
	mu       sync.Mutex
	open     map[net.Conn]bool
	down     bool
}

func openServer(t *testing.T, address string) *server {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	network, target := pgxAddress(config)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{listener: listener, target: target, open: map[net.Conn]bool{}}
	query := u.Query()
	query.Set("host", "127.0.0.1")
	query.Set("port", strings.TrimPrefix(listener.Addr().String(), "127.0.0.1:"))
	query.Set("sslmode", "disable")
	u.Host, u.RawQuery = "", query.Encode()
	s.address = u.String()
	go s.serve(network)
	t.Cleanup(s.stop)
	return s
}

func pgxAddress(config *pgx.ConnConfig) (network, address string) {
	if strings.HasPrefix(config.Host, "/") {
		return "unix", filepath.Join(config.Host, ".s.PGSQL.5432")
	}
	return "tcp", net.JoinHostPort(config.Host, "5432")
}

func (s *server) serve(network string) {
	for {
		near, err := s.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial(network, s.target)
		if err != nil || !s.add(near, far) {
			near.Close()
			continue
		}
		go func() { _, _ = io.Copy(far, near); s.drop(near, far) }()
		go func() { _, _ = io.Copy(near, far); s.drop(near, far) }()
	}
}

func (s *server) add(conns ...net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range conns {
		if s.down {
			c.Close()
			continue
		}
		s.open[c] = true
	}
	return !s.down
}

func (s *server) drop(conns ...net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range conns {
		c.Close()
		delete(s.open, c)
	}
}

// cut ends all connections; new ones are refused until the server is back.
func (s *server) cut(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	for c := range s.open {
		c.Close()
		delete(s.open, c)
	}
}

func (s *server) back() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
}

func (s *server) stop() {
	s.listener.Close()
	s.cut(true)
}

func TestPostgresGoneAndBack(t *testing.T) {
	t.Parallel()
	server := openServer(t, postgresAddress(t))
	s := storetest.Open(t, server.address)
	createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	run := claimOne(t, s, start())
	server.cut(true)
	for name, err := range everything(t.Context(), s, run) {
		t.Run(name, func(t *testing.T) { wantUnavailable(t, err) })
	}
	server.back()
	wantRecovery(t, s, run)
	server.cut(false)
	wantRecovery(t, s, run)
}

// wantRecovery checks that each dead connection costs one call at most, which
// says so, and that everything works then.
func wantRecovery(t *testing.T, s *store.Store, run usage.Run) {
	t.Helper()
	for range 25 { // more than both pools have
		works := true
		for name, err := range everything(t.Context(), s, run) {
			if err != nil {
				works = false
				t.Run(name, func(t *testing.T) { wantUnavailable(t, err) })
			}
		}
		if works {
			return
		}
	}
	t.Error("it does not work again")
}

func postgresAddress(t *testing.T) (address string) {
	t.Helper()
	return new(storetest.Template).Postgres(t)
}

func TestPostgresEndsItsConnections(t *testing.T) {
	t.Parallel()
	address := postgresAddress(t)
	s := storetest.Open(t, address)
	createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	run := claimOne(t, s, start())
	everything(t.Context(), s, run)
	administrator(t, address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	wantRecovery(t, s, run)
}

func TestPostgresReadOnly(t *testing.T) {
	t.Parallel()
	address := postgresAddress(t)
	s := storetest.Open(t, address)
	r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	administrator(t, address, `DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = on'; END $$`)
	administrator(t, address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	_, err := s.PauseReport(t.Context(), by("admin", start()), r.ID)
	wantUnavailable(t, err)
	reportNow(t, s, r.ID)
}

func administrator(t *testing.T, address, statement string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// sqliteFile opens a SQLite file of which the test knows the path.
func sqliteFile(t *testing.T) (s *store.Store, path string, run usage.Run) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	s = storetest.Open(t, path)
	createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	return s, path, claimOne(t, s, start())
}

func TestSQLiteLockedByAnotherProgram(t *testing.T) {
	t.Parallel()
	s, path, run := sqliteFile(t)
	other, err := sql.Open("sqlite3", path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, s.FinishRun(t.Context(), run, start()))
	reportNow(t, s, run.ReportID) // pages go on
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	finish(t, s, run, start(), 1)
}

// The descriptors stay valid: without a check what is written would be gone
// with the next start.
func TestSQLiteFileRemovedOrReplaced(t *testing.T) {
	t.Parallel()
	s, path, run := sqliteFile(t)
	away := path + ".away"
	if err := os.Rename(path, away); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, s.FinishRun(t.Context(), run, start()))
	wantUnavailable(t, s.Ping(t.Context()))
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantUnavailable(t, s.FinishRun(t.Context(), run, start()))
	if err := os.Rename(away, path); err != nil {
		t.Fatal(err)
	}
	finish(t, s, run, start(), 1)
}

func TestSQLiteReadOnlyAndFull(t *testing.T) {
	t.Parallel()
	for name, pragma := range map[string][2]string{
		"read-only": {"PRAGMA query_only = on", "PRAGMA query_only = off"},
		"full":      {"PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _, run := sqliteFile(t)
			write, _, _ := s.Pools()
			if err := write.Exec(pragma[0]).Error; err != nil {
				t.Fatal(err)
			}
			r := reportNow(t, s, run.ReportID)
			for err := error(nil); err == nil; r.Version++ { // until the pages that there are have no room
				r.Description = strings.Repeat("x", 245+int(r.Version%10))
				err = s.UpdateReport(t.Context(), by("admin", start()), r)
				if err != nil {
					wantUnavailable(t, err)
				}
			}
			if err := write.Exec(pragma[1]).Error; err != nil {
				t.Fatal(err)
			}
			finish(t, s, run, start(), 1)
		})
	}
}

// A snapshot is read while S3 takes the file: a fault of S3 is not one of the
// database, however much it looks like it.
func TestFaultOfTheReaderIsNotOneOfTheDatabase(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		run := claimOne(t, s, start())
		for _, fault := range []error{&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, io.ErrUnexpectedEOF} {
			err := s.ReadSnapshot(t.Context(), run, start(), func(*store.SnapshotReader) error { return fault })
			if !errors.Is(err, fault) || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("error %v, want %v alone", err, fault)
			}
		}
	})
}

func TestMadeUpIDs(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		for _, id := range []string{"", "r-0", "'", "r-\x00", "\xff", strings.Repeat("x", 1<<16)} {
			_, report := s.Report(t.Context(), id)
			_, license := s.License(t.Context(), id)
			_, resource := s.Resource(t.Context(), id)
			_, pause := s.PauseReport(t.Context(), by("admin", start()), id)
			for name, err := range map[string]error{"report": report, "license": license, "resource": resource, "pause": pause} {
				if !errors.Is(err, store.ErrNotFound) || strings.Count(err.Error(), ": "+store.ErrNotFound.Error()) > 1 {
					t.Errorf("%s %.10q: %.200v", name, id, err)
				}
			}
		}
		for _, page := range []int{-1 << 63, -1, 0, 1 << 40, 1<<63 - 1} {
			if rows, _, err := s.Reports(t.Context(), store.ReportQuery{Page: page, Size: 25, Text: "none"}); err != nil || len(rows) != 0 {
				t.Errorf("page %d: %d rows, %v", page, len(rows), err)
			}
			if _, _, err := s.Resources(t.Context(), store.ResourceQuery{Page: page, Size: 25, Status: "made up"}); err != nil {
				t.Errorf("page %d: %v", page, err)
			}
		}
	})
}
