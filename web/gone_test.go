package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
)

// TestARequestThatTheBrowserGaveUpIsNoError fails in whatever way after the
// client went, and in the same way while it waits.
func TestARequestThatTheBrowserGaveUpIsNoError(t *testing.T) {
	t.Parallel()
	for gone, want := range map[bool]string{true: "level=DEBUG msg=\"request failed\"", false: "level=ERROR msg=\"request failed\""} {
		s := newSite(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		e, _ := s.Handler.(*echo.Echo)
		e.GET("/fails", func(echo.Context) error {
			if gone {
				cancel()
			}
			return errors.New("whatever a driver makes of it")
		}, (&server{}).limits(Route{Kind: Page}))
		s.do(httptest.NewRequestWithContext(ctx, http.MethodGet, "/fails", nil))
		cancel()
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("gone %v: no %s in the log: %s", gone, want, s.log.String())
		}
	}
}
