package publish_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
)

// importText imports resources of the license; rows are id, status and vCPUs.
func (r *rig) importText(rows ...string) {
	r.t.Helper()
	file := "resource_id,resource_status,vcpus,resource_type,resource_owner_id\n"
	for _, row := range rows {
		file += row + ",EC2_INSTANCE,012345678901\n"
	}
	r.importFile(r.license.ID, file)
}

// compared returns the newest resource usage file, after what is due was
// compared.
func (r *rig) compared(report usage.Report) usage.File {
	r.t.Helper()
	if err := r.p.CompareDue(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	for _, row := range r.history(report) {
		if row.File.Type == usage.ResourceUsage {
			return row.File
		}
	}
	r.t.Fatal("no resource usage file")
	return usage.File{}
}

// nextDay publishes once more.
func (r *rig) nextDay() {
	r.t.Helper()
	r.pass(24 * time.Hour)
	r.publishDue(1)
}

func TestFilesAreComparedAfterTheirPublication(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		r.importText("i-1,running,1", "i-2,running,1")
		report := r.create("daily", usage.AllReportTypes()...)
		r.publishDue(1)
		if f := r.compared(report); f.ComparedWith != "" || f.CompareDueAt != nil {
			t.Errorf("the first file is compared: %+v", f)
		}
		first := r.history(report)[0].Run.ID
		r.importText("i-2,stopped,1", "i-3,running,1", "i-4,running,1")
		r.nextDay()
		f := r.compared(report)
		if f.ComparedWith != first || f.Added != 2 || f.Removed != 0 || f.Changed != 1 || f.CompareDueAt != nil {
			t.Errorf("compared: %+v", f)
		}
		if change := r.history(report)[0].LicenseChange; change == nil || *change != 1 {
			t.Errorf("licenses %v, want 1 more", change)
		}
		r.nextDay()
		if f := r.compared(report); f.ComparedWith == "" || f.Added+f.Removed+f.Changed != 0 {
			t.Errorf("compared with its like: %+v", f)
		}
	})
}

func TestFilesThatAreGoneOrEditedHaveNoFigure(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		r.importText("i-1,running,1")
		report := r.create("daily", usage.ResourceUsage)
		r.publishDue(1)
		first := r.compared(report)
		r.nextDay()
		if err := r.client.Delete(t.Context(), first.Bucket, first.Key); err != nil {
			t.Fatal(err)
		}
		second := r.compared(report)
		if second.ComparedWith != "" || second.CompareDueAt != nil {
			t.Errorf("compared with a file that is gone: %+v", second)
		}
		if _, err := r.client.Put(t.Context(), second.Bucket, second.Key, strings.NewReader("report_id\nx\n"), bucket.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		r.nextDay()
		if third := r.compared(report); third.ComparedWith != "" || third.CompareDueAt != nil {
			t.Errorf("compared with a file that was edited: %+v", third)
		}
	})
}

// unreadable publishes twice, and then has S3 answer with a status.
func (r *rig) unreadable(status int) usage.Report {
	r.t.Helper()
	r.importText("i-1,running,1")
	report := r.create("daily", usage.ResourceUsage)
	r.publishDue(1)
	r.nextDay()
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	r.refuse.Store(&answer)
	return report
}

func TestComparisonWaitsForS3(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		report := r.unreadable(http.StatusServiceUnavailable)
		f := r.compared(report)
		if f.ComparedWith != "" || f.CompareDueAt == nil || !f.CompareDueAt.After(r.clock()) {
			t.Fatalf("without S3: %+v", f)
		}
		r.refuse.Store(nil)
		if f := r.compared(report); f.ComparedWith != "" {
			t.Error("tried again at once")
		}
		r.pass(15 * time.Minute)
		r.p = r.newPublisher() // another process takes it up
		if f := r.compared(report); f.ComparedWith == "" || f.CompareDueAt != nil {
			t.Errorf("not compared later: %+v", f)
		}
	})
}

// What the keys may not read is not tried for ever.
func TestComparisonThatIsForbiddenIsGivenUp(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		report := r.unreadable(http.StatusForbidden)
		tried := 0
		for f := r.compared(report); f.CompareDueAt != nil; f = r.compared(report) {
			if tried++; tried > 48 {
				t.Fatalf("still tried after %d hours: %+v", tried/2, f)
			}
			r.pass(30 * time.Minute)
		}
		if tried < 40 {
			t.Errorf("given up after %d tries of half an hour each", tried)
		}
	})
}
