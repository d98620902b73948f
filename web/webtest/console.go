package webtest

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"license-manager/handlers"
	"license-manager/scheduler/bucket"
	"license-manager/scheduler/publish"
	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/storetest"
	"license-manager/store/usage"
	"license-manager/web"
)

// Account and Region are those of every console of a test.
const (
	Account = "048210937661"
	Region  = "eu-central-1"
)

// Console is a running console.
type Console struct {
	URL   string
	Store *store.Store
	S3    *bucket.Client
	Clock *Clock

	Inventory   *inventory.Importer
	HoldImports atomic.Bool // nothing works on imports while set

	address   string // of the database
	stopS3    func()
	holdS3    atomic.Pointer[http.HandlerFunc] // answers instead of S3 while set
	publisher publish.Options
	log       *Log
	mu        sync.Mutex
	nudges    []string
}

// New starts a console on SQLite, which ends with the test.
func New(tb testing.TB) *Console {
	tb.Helper()
	return Open(tb, storetest.MigratedSQLite(tb))
}

// Each runs a test on SQLite and on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, console *Console)) {
	t.Helper()
	storetest.EachMigrated(t, func(t *testing.T, address string) { test(t, Open(t, address)) })
}

// Open starts a console on the database at address, which ends with the test.
func Open(tb testing.TB, address string) *Console {
	tb.Helper()
	c := &Console{address: address, Clock: newClock(), log: &Log{}}
	logger := slog.New(slog.NewTextHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.openStore(tb)
	c.S3, c.stopS3 = startS3(tb, &c.holdS3)
	c.publisher = publish.Options{Store: c.Store, Bucket: c.S3, Publishers: publishers, Nudge: func() {}, Now: c.Clock.Now, SpoolDir: tb.TempDir(), Logger: logger}
	c.Inventory = inventory.New(c.Store, inventory.Options{Now: c.Clock.Now, TempDir: tb.TempDir(), Logger: logger})
	pages := handlers.New(handlers.Options{
		Store:        c.Store,
		Inventory:    c.Inventory,
		S3:           c.S3,
		EnsureBucket: publish.New(c.publisher).EnsureBucket,
		Nudge:        c.nudge,
		Alive:        c.Clock.Now,
		Now:          c.Clock.Now,
		Version:      "test",
	})
	site, err := web.New(web.Options{Console: pages, Logger: logger, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(site)
	tb.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

func (c *Console) openStore(tb testing.TB) {
	tb.Helper()
	account := usage.Account{ID: Account, Region: Region}
	s, err := store.Open(tb.Context(), store.Options{URL: c.address, Account: account, Streams: publishers})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	c.Store = s
}

// publishers is how many runs are published at once.
const publishers = 4

// Publish publishes what is due, all of it, and waits for it. A publisher that
// stops hands back what it has not begun, so there may be need of another.
func (c *Console) Publish(tb testing.TB) {
	tb.Helper()
	var ended atomic.Bool
	o := c.publisher
	o.Nudge = func() { ended.Store(true) }
	for again := true; again; again = ended.Swap(false) || c.waiting(tb) {
		publisher := publish.New(o)
		err := publisher.PublishDue(tb.Context())
		runtime.Gosched() // else Stop mostly comes before the publishers begin
		publisher.Stop(tb.Context())
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// waiting reports whether a usage report waits for a publisher.
func (c *Console) waiting(tb testing.TB) bool {
	tb.Helper()
	q := store.ReportQuery{Status: string(usage.ReportPending), Page: 1, Size: 1, Now: c.Clock.Now()}
	_, total, err := c.Store.Reports(tb.Context(), q)
	if err != nil {
		tb.Fatal(err)
	}
	return total > 0
}

// Compare compares the files that are to be compared now.
func (c *Console) Compare(tb testing.TB) {
	tb.Helper()
	if err := publish.New(c.publisher).CompareDue(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// Bucket returns the bucket of the account, which it makes if there is none.
func (c *Console) Bucket(tb testing.TB) string {
	tb.Helper()
	name, _, err := publish.New(c.publisher).EnsureBucket(tb.Context(), c.Act())
	if err != nil {
		tb.Fatal(err)
	}
	return name
}

// Act is for what a test does to the store itself.
func (c *Console) Act() usage.Act { return usage.Act{By: "test", At: c.Clock.Now()} }

// Log returns what was logged so far.
func (c *Console) Log() string { return c.log.String() }

// Nudges returns the jobs that the pages asked for so far.
func (c *Console) Nudges() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.nudges)
}

func (c *Console) nudge(job string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nudges = append(c.nudges, job)
	if !c.HoldImports.Load() {
		c.workOnImports(job)
	}
}

// workOnImports does the jobs of imports as the scheduler would, but at once.
func (c *Console) workOnImports(job string) {
	jobs := map[string]func(context.Context) error{"judge": c.Inventory.Judge, "import": c.Inventory.Apply}
	if do := jobs[job]; do != nil {
		if err := do(context.Background()); err != nil {
			c.log.Write([]byte("import: " + err.Error() + "\n")) //nolint:errcheck // it never fails
		}
	}
}

// Import imports a file as the command line does.
func (c *Console) Import(tb testing.TB, license, file string) {
	tb.Helper()
	source := inventory.Source{Name: "resources.csv", License: license}
	if _, err := c.Inventory.ImportFile(tb.Context(), c.Act(), source, strings.NewReader(file)); err != nil {
		tb.Fatal(err)
	}
}

// Clock is the clock of a console. It stands still until it is advanced.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// newClock begins at the present, since sessions count from there.
func newClock() *Clock { return &Clock{now: time.Now().UTC().Truncate(time.Microsecond)} }

// Now is the time that the console sees.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance lets time pass.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Log is a place to log to.
type Log struct {
	mu   sync.Mutex
	text []byte
}

// Write appends a line.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, line...)
	return len(line), nil
}

// String is everything that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
