package handlers_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
	"license-manager/store"
	"license-manager/store/storetest"
)

func TestReadyNamesEachPartThatIsNotWell(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		now := time.Now()
		free, freeErr, alive := int64(1<<30), error(nil), now
		console := handlers.New(handlers.Options{
			Store: s, Now: func() time.Time { return now }, Alive: func() time.Time { return alive }, Free: func() (int64, error) { return free, freeErr },
		})
		ready := func(status int, want string) {
			t.Helper()
			answer := httptest.NewRecorder()
			c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/readyz", nil), answer)
			if err := (handlers.Health{Console: console}).Ready(c); err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			if answer.Code != status || string(body) != want || err != nil {
				t.Errorf("%d %q, %v; want %d %q", answer.Code, body, err, status, want)
			}
		}
		ready(http.StatusOK, "ok\n")
		free = 1 << 20
		const disk = "disk: the data directory has less than 64 MB left\n"
		ready(http.StatusServiceUnavailable, disk)
		free, freeErr = 1<<30, errors.New("no such directory")
		ready(http.StatusServiceUnavailable, disk)
		freeErr, alive = nil, now.Add(-time.Hour)
		ready(http.StatusServiceUnavailable, "scheduler: no sign of life\n")
		free = 0
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		ready(http.StatusServiceUnavailable, "database: not available\n"+disk+"scheduler: no sign of life\n")
	})
}
