package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
)

// TestOneUserHasFewDownloadsAtATime holds as many as a user may have: another
// one waits for a moment, and is told then.
func TestOneUserHasFewDownloadsAtATime(t *testing.T) {
	t.Parallel()
	s := &server{transfers: handlers.NewGate[int64](transferLimits()), patience: 10 * time.Millisecond}
	ask := func(handler echo.HandlerFunc) error {
		return s.transfer(handler)(echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()))
	}
	release, inside, done := make(chan struct{}), make(chan struct{}), make(chan error)
	for range transferLimits().Each {
		go func() {
			done <- ask(func(echo.Context) error {
				inside <- struct{}{}
				<-release
				return nil
			})
		}()
		<-inside
	}
	err := ask(func(echo.Context) error { return errors.New("let in") })
	if !errors.Is(err, errTransfers) || statusOf(err) != http.StatusTooManyRequests {
		t.Errorf("one more: %v (%d)", err, statusOf(err))
	}
	close(release)
	for range transferLimits().Each {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := ask(func(echo.Context) error { return nil }); err != nil {
		t.Errorf("after the end of the others: %v", err)
	}
}

func TestTooManyDownloadsAreToldInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	e, _ := s.Handler.(*echo.Echo)
	e.GET("/busy", func(echo.Context) error { return errTransfers })
	w := s.do(httptest.NewRequest(http.MethodGet, "/busy", nil))
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != busyRetry || !strings.Contains(w.Body.String(), "Wait until one of them has ended") {
		t.Errorf("%d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
}
