package publish_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// TestRequestThatArrivesTooLateReplacesNothing has a file stay on its way to S3
// for longer than its process holds the run.
func TestRequestThatArrivesTooLateReplacesNothing(t *testing.T) {
	t.Parallel()
	for _, kind := range []usage.ReportType{usage.Summary, usage.ResourceUsage} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			each(t, func(r *rig) {
				report := r.create("late", kind)
				sent, leave := make(chan struct{}), make(chan struct{})
				answer := http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
					if q.Method == http.MethodPut && strings.HasSuffix(q.URL.Path, ".csv") {
						r.refuse.Store(nil)
						close(sent)
						<-leave
					}
					r.s3.ServeHTTP(w, q)
				})
				r.refuse.Store(&answer)
				r.due()
				<-sent
				late := r.p
				r.pass(2 * time.Minute)
				r.p = r.newPublisher()
				r.publishDue(1)
				want := r.history(report)[0]
				if want.Run.State != usage.RunSucceeded || want.Run.Attempts != 2 {
					t.Fatalf("the second process: %+v", want.Run)
				}
				published := r.read(want.File)
				close(leave)
				late.Stop(t.Context())
				if got := r.history(report)[0]; !cmp.Equal(got, want) || r.read(got.File) != published {
					t.Errorf("the late request changed\n%+v\nto\n%+v", want, got)
				}
			})
		})
	}
}
