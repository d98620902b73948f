package publish_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

// large is how many resources make a report large.
const large = 20_000

func TestSmallReportsPassLargeOnes(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		r.createAll("warm", 1, usage.Summary)
		r.publishDue(1) // makes the bucket
		r.importResources(large)
		r.createAll("large", 5, usage.ResourceUsage)
		arrived, leave := make(chan string, 100), make(chan struct{})
		r.hold("resource-usage", arrived, leave)
		r.due()
		<-arrived // one of two publishers is held
		r.createAll("small", 9, usage.Summary)
		r.publishDue(9)
		select {
		case key := <-arrived:
			t.Errorf("%s is published beside another large report", key)
		default:
		}
		close(leave)
		r.publishDue(5)
	})
}

func TestManyReportsAreClaimedAndFinishedTogether(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		reports := r.createAll("crowd", 60, usage.Summary)
		r.publishAll(reports)
		r.pass(25 * time.Hour)
		r.publishAll(reports)
		for _, report := range reports {
			rows := r.history(report)
			if len(rows) != 2 || r.report(report.ID).Status != usage.ReportSucceeded {
				t.Fatalf("%s: %d files, %s", report.Name, len(rows), r.report(report.ID).Status)
			}
			for _, row := range rows {
				if got := cell(t, r.read(row.File), "usage_report_name", 1); got != report.Name || row.Run.State != usage.RunSucceeded {
					t.Errorf("file of %s in that of %s, %s", got, report.Name, row.Run.State)
				}
			}
			if next := *r.report(report.ID).NextRunAt; !next.Equal(report.GridStart.Add(48 * time.Hour)) {
				t.Errorf("%s is due %v", report.Name, next)
			}
		}
	})
}

func TestWhatWaitsForAPublisherIsHandedBack(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		r.publishAll(r.createAll("first", 20, usage.Summary)) // quick: some are claimed ahead now
		reports := r.createAll("held", 20, usage.Summary)
		arrived, leave := make(chan string, 100), make(chan struct{})
		r.hold("summary", arrived, leave)
		r.due()
		<-arrived
		<-arrived // both publishers are held
		ended := make(chan struct{})
		go func() {
			r.p.Stop(t.Context())
			close(ended)
		}()
		for r.running(reports) > 2 {
			<-time.After(time.Millisecond)
		}
		close(leave)
		<-ended
		states := map[usage.RunState]int{}
		for _, report := range reports {
			states[r.history(report)[0].Run.State]++
		}
		if states[usage.RunSucceeded] != 2 || states[usage.RunPending] != 18 {
			t.Errorf("after the stop: %v", states)
		}
	})
}

func (r *rig) createAll(name string, n int, types ...usage.ReportType) (reports []usage.Report) {
	r.t.Helper()
	for i := range n {
		reports = append(reports, r.create(fmt.Sprintf("%s-%d", name, i), types...))
	}
	return reports
}

func (r *rig) due() {
	r.t.Helper()
	if err := r.p.PublishDue(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// publishAll publishes until none of the reports is due or being published.
// Of so many, a publisher asks for more before they end, too.
func (r *rig) publishAll(reports []usage.Report) {
	r.t.Helper()
	waits := func(report usage.Report) bool {
		now := r.report(report.ID)
		return now.Status != usage.ReportSucceeded || !now.NextRunAt.After(r.clock())
	}
	for r.due(); slices.ContainsFunc(reports, waits); r.due() {
		<-r.nudged
	}
}

// hold lets files of a type wait before S3 takes them, until leave is closed.
func (r *rig) hold(kind string, arrived chan<- string, leave <-chan struct{}) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPut && strings.Contains(q.URL.Path, kind) {
			arrived <- q.URL.Path
			<-leave
		}
		r.s3.ServeHTTP(w, q)
	})
	r.refuse.Store(&answer)
}

func (r *rig) running(reports []usage.Report) (n int) {
	r.t.Helper()
	for _, report := range reports {
		if r.history(report)[0].Run.State == usage.RunRunning {
			n++
		}
	}
	return n
}

func TestAClaimIsAskedForBeforeAFileAppears(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		report := r.create("woken", usage.Summary)
		r.publishDue(1)
		before := r.history(report)[0].File
		r.pass(24 * time.Hour)
		// S3 asks for the file once more. The process sleeps longer than its lease
		// before that, and another one takes the run meanwhile.
		r.client = r.newClient(2)
		r.p = r.newPublisher()
		stolen := make(chan usage.Run, 1)
		answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			r.refuse.Store(nil)
			r.pass(2 * time.Minute)
			runs, err := r.store.ClaimRuns(t.Context(), r.clock(), time.Minute, store.Lanes{Small: 1})
			if err != nil || len(runs) != 1 {
				t.Errorf("%d runs, %v", len(runs), err)
			}
			for _, run := range runs {
				stolen <- run
			}
			w.WriteHeader(http.StatusInternalServerError)
		})
		r.refuse.Store(&answer)
		r.publishDue(1)
		newest := r.history(report)[0]
		if newest.Run.State != usage.RunRunning || newest.File.Published() {
			t.Errorf("the run of the other process: %+v", newest)
		}
		if _, _, err := r.client.Get(t.Context(), before.Bucket, newest.File.Key); !errors.Is(err, bucket.ErrNoObject) {
			t.Errorf("the file of a lost claim: %v", err)
		}
		if err := r.store.FinishRun(t.Context(), <-stolen, r.clock()); err != nil {
			t.Error(err)
		}
	})
}
