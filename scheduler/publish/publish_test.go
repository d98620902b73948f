package publish_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"license-manager/scheduler/bucket"
	"license-manager/scheduler/bucket/embedded"
	"license-manager/scheduler/publish"
	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// rig is a publisher between a real database and a real S3 server, whose
// clock the test turns by hand.
type rig struct {
	t       *testing.T
	store   *store.Store
	client  *bucket.Client
	s3      http.Handler
	access  bucket.Options
	p       *publish.Publisher
	nudged  chan struct{}
	mu      sync.Mutex
	now     time.Time
	refuse  atomic.Pointer[http.HandlerFunc] // answers instead of S3 while set
	license usage.License
}

func each(t *testing.T, test func(r *rig)) {
	t.Helper()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) { test(newRig(t, s)) })
}

func newRig(t *testing.T, s *store.Store) *rig {
	t.Helper()
	r := &rig{t: t, store: s, nudged: make(chan struct{}, 1000), now: time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)}
	r.client = r.openS3()
	r.p = r.newPublisher()
	var err error
	four := int64(4)
	r.license, err = s.CreateLicense(t.Context(), r.act(), usage.License{Name: "=Oracle, EE", CountingType: usage.CountVCPU, Count: &four})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) openS3() *bucket.Client {
	dir := r.t.TempDir()
	s3, err := embedded.Open(embedded.Options{
		Dir: filepath.Join(dir, "s3"), CredentialsFile: filepath.Join(dir, "s3-credentials"), Region: "eu-central-1",
		Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if refuse := r.refuse.Load(); refuse != nil {
			(*refuse)(w, q)
			return
		}
		s3.Handler().ServeHTTP(w, q)
	}))
	r.t.Cleanup(func() {
		server.Close()
		if err := s3.Close(); err != nil {
			r.t.Error(err)
		}
	})
	id, secret := s3.Credentials()
	r.s3 = s3.Handler()
	r.access = bucket.Options{Mode: bucket.Embedded, Endpoint: server.URL, Region: "eu-central-1", AccessKeyID: id, SecretAccessKey: secret}
	return r.newClient(1)
}

// newClient returns a client that tries so often.
func (r *rig) newClient(attempts int) *bucket.Client {
	r.t.Helper()
	o := r.access
	o.Attempts = attempts
	client, err := bucket.New(r.t.Context(), o)
	if err != nil {
		r.t.Fatal(err)
	}
	return client
}

func (r *rig) newPublisher() *publish.Publisher {
	return publish.New(publish.Options{
		Store: r.store, Bucket: r.client, Publishers: 2, Now: r.clock, SpoolDir: r.t.TempDir(),
		Nudge: func() { r.nudged <- struct{}{} }, Logger: slog.New(slog.DiscardHandler),
	})
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) act() usage.Act { return usage.Act{By: "admin", At: r.clock()} }

func (r *rig) create(name string, types ...usage.ReportType) usage.Report {
	r.t.Helper()
	report, err := r.store.CreateReport(r.t.Context(), r.act(), usage.Report{
		Name: name, LicenseID: r.license.ID, Types: types, Frequency: usage.Every24Hours,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

// publishDue publishes whatever is due and waits for n runs to end.
func (r *rig) publishDue(n int) {
	r.t.Helper()
	for ended := 0; ; ended++ {
		if err := r.p.PublishDue(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		if ended == n {
			return
		}
		<-r.nudged
	}
}

func (r *rig) history(report usage.Report) []store.HistoryRow {
	r.t.Helper()
	rows, _, err := r.store.History(r.t.Context(), store.HistoryQuery{ReportID: report.ID, Page: 1, Size: 100})
	if err != nil {
		r.t.Fatal(err)
	}
	return rows
}

func (r *rig) settings() store.Settings {
	r.t.Helper()
	settings, err := r.store.Settings(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return settings
}

func (r *rig) report(id string) usage.Report {
	r.t.Helper()
	report, err := r.store.Report(r.t.Context(), id)
	if err != nil {
		r.t.Fatal(err)
	}
	return report
}

func (r *rig) read(f usage.File) string {
	r.t.Helper()
	body, _, err := r.client.Get(r.t.Context(), f.Bucket, f.Key)
	if err != nil {
		r.t.Fatal(err)
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		r.t.Fatal(err)
	}
	if int64(len(b)) != f.Size {
		r.t.Errorf("%s has %d bytes, recorded %d", f.Key, len(b), f.Size)
	}
	return string(b)
}

func TestMissedSlotsGiveOneRunOnTheOldGrid(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		began := r.clock()
		report := r.create("daily", usage.Summary)
		r.publishDue(1)
		r.pass(5*24*time.Hour + 3*time.Hour)
		r.publishDue(1)
		rows := r.history(report)
		if len(rows) != 2 {
			t.Fatalf("%d files after five missed slots", len(rows))
		}
		if want := began.Add(5 * 24 * time.Hour); !rows[0].Run.ScheduledFor.Equal(want) || rows[0].Run.Trigger != usage.TriggerScheduled {
			t.Errorf("run for %v (%s), want %v", rows[0].Run.ScheduledFor, rows[0].Run.Trigger, want)
		}
		if next := *r.report(report.ID).NextRunAt; !next.Equal(began.Add(6 * 24 * time.Hour)) {
			t.Errorf("next %v", next)
		}
	})
}

func TestFailuresAreRetriedWithBackoffAndTold(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		report := r.create("retry", usage.Summary)
		r.publishDue(1)
		deny := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code></Error>")
		})
		r.refuse.Store(&deny)
		r.pass(24 * time.Hour)
		for _, delay := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour} {
			r.publishDue(1)
			run := r.history(report)[0].Run
			if run.State != usage.RunFailed || run.FailureCode != "AccessDenied" || !run.NextAttemptAt.Equal(r.clock().Add(delay)) {
				t.Fatalf("run %+v, want a retry in %v", run, delay)
			}
			if got := r.report(report.ID); got.Status != usage.ReportFailed || !strings.Contains(got.Failure, "Access denied") {
				t.Errorf("report %s: %q", got.Status, got.Failure)
			}
			r.pass(delay - time.Second)
			r.publishDue(0)
			r.pass(time.Second)
		}
		r.publishDue(1)
		if run := r.history(report)[0].Run; run.NextAttemptAt != nil || run.Attempts != 5 {
			t.Fatalf("after the last retry: %+v", run)
		}
		r.refuse.Store(nil)
		r.pass(24 * time.Hour)
		r.publishDue(1)
		if rows := r.history(report); len(rows) != 3 || rows[0].Run.State != usage.RunSucceeded {
			t.Errorf("after the next slot: %d runs, newest %s", len(rows), rows[0].Run.State)
		}
	})
}

// A file that is in the bucket is on record, also if the other one of its run is
// not; the attempt that publishes both takes its place.
func TestFilesOfAFailedRunAreOnRecord(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		report := r.create("half", usage.Summary, usage.ResourceUsage)
		r.publishDue(1)
		half := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if strings.Contains(q.URL.Path, string(usage.ResourceUsage)) {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			r.s3.ServeHTTP(w, q)
		})
		r.refuse.Store(&half)
		r.pass(24 * time.Hour)
		for range 2 { // the second attempt puts the summary again
			r.publishDue(1)
			for _, row := range r.history(report)[:2] {
				if row.Run.State != usage.RunFailed || row.File.Published() != (row.File.Type == usage.Summary) {
					t.Fatalf("%s of a run that %s: published %t", row.File.Type, row.Run.State, row.File.Published())
				}
			}
			r.pass(time.Minute)
		}
		r.refuse.Store(nil)
		r.pass(5 * time.Minute)
		r.publishDue(1)
		for _, row := range r.history(report)[:2] {
			if row.Run.State != usage.RunSucceeded || !row.File.Published() {
				t.Errorf("%s of a run that %s: published %t", row.File.Type, row.Run.State, row.File.Published())
			}
		}
	})
}

func TestDeleteInTheMiddleOfAnUploadGivesItUp(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		report := r.create("doomed", usage.Summary)
		r.publishDue(1)
		arrived, leave := make(chan struct{}, 10), make(chan struct{})
		hang := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			arrived <- struct{}{}
			<-leave
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		r.refuse.Store(&hang)
		r.pass(24 * time.Hour)
		if err := r.p.PublishDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-arrived
		if _, err := r.store.DeleteReports(t.Context(), r.act(), []string{report.ID}); err != nil {
			t.Fatal(err)
		}
		close(leave)
		<-r.nudged
		if run := r.history(report)[0].Run; run.State != usage.RunCanceled {
			t.Errorf("run of the deleted report: %+v", run)
		}
		r.refuse.Store(nil)
		r.pass(48 * time.Hour)
		r.publishDue(0)
		if n := len(r.history(report)); n != 2 {
			t.Errorf("%d runs", n)
		}
	})
}

func TestStopHandsWorkBack(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		report := r.create("stopped", usage.Summary)
		arrived, leave := make(chan struct{}, 10), make(chan struct{})
		defer close(leave)
		hang := http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
			arrived <- struct{}{}
			select {
			case <-leave:
			case <-q.Context().Done():
			}
		})
		r.refuse.Store(&hang)
		if err := r.p.PublishDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-arrived
		stopped, cancel := context.WithCancel(t.Context())
		cancel()
		r.p.Stop(stopped)
		run := r.history(report)[0].Run
		if run.State != usage.RunPending || run.Attempts != 0 {
			t.Errorf("after the stop: %+v", run)
		}
		r.refuse.Store(nil)
		r.p = r.newPublisher()
		<-r.nudged
		r.publishDue(1)
		if rows := r.history(report); len(rows) != 1 || rows[0].Run.State != usage.RunSucceeded {
			t.Errorf("after the restart: %+v", rows)
		}
	})
}

func TestBucketIsMadeOnce(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		const processes = 4
		names := make(chan string, processes)
		var made atomic.Int32
		var wg sync.WaitGroup
		for range processes {
			wg.Go(func() {
				name, created, err := r.newPublisher().EnsureBucket(t.Context(), r.act())
				if err != nil {
					t.Error(err)
				}
				if created {
					made.Add(1)
				}
				names <- name
			})
		}
		wg.Wait()
		close(names)
		first := <-names
		for name := range names {
			if name != first || !strings.HasPrefix(name, "aws-license-manager-service-") {
				t.Errorf("buckets %s and %s", first, name)
			}
		}
		if made.Load() != 1 {
			t.Errorf("%d processes say that they made it", made.Load())
		}
	})
}

// TestRunsTellWhichSystemFailed has a run fail in the database and then in S3.
func TestRunsTellWhichSystemFailed(t *testing.T) {
	t.Parallel()
	address := storetest.MigratedPostgres(t)
	r := newRig(t, storetest.Open(t, address))
	report := r.create("told", usage.Summary)
	r.publishDue(1)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	rename := func(from, to string) {
		if _, err := conn.Exec(t.Context(), "ALTER TABLE license_counters RENAME COLUMN "+from+" TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	want := func(code, words string) {
		t.Helper()
		if run := r.history(report)[0].Run; run.FailureCode != code || run.Failure != words {
			t.Errorf("%s: %q\nwant %s: %q", run.FailureCode, run.Failure, code, words)
		}
	}
	rename("consumed", "hidden")
	r.pass(24 * time.Hour)
	r.publishDue(1)
	want("DatabaseFailed", "The database reported an error. License Manager can’t read the self-managed license and its resources. The log has the reason.")
	rename("hidden", "consumed")
	broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "<Error><Code>InternalError</Code></Error>")
	})
	r.refuse.Store(&broken)
	r.pass(time.Minute)
	r.publishDue(1)
	want("InternalError", "S3 has an internal problem. License Manager can’t write to "+r.settings().Bucket+" (InternalError).")
}

func TestDatabaseGoneIsAnError(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, err := store.Open(t.Context(), storetest.Options(address))
		if err != nil {
			t.Fatal(err)
		}
		r := newRig(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := r.p.PublishDue(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("error %v", err)
		}
	})
}
