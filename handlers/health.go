package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// heartbeatAge is how long the scheduler may be silent before the process
// counts as stuck: many of its intervals.
const heartbeatAge = 2 * time.Minute

// Health answers for load balancers and supervisors.
type Health struct{ *Console }

// Alive is GET /healthz: the process answers.
func (h Health) Alive(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// Ready is GET /readyz: the database can be written and the scheduler runs.
func (h Health) Ready(c echo.Context) error {
	if err := h.store.Ping(c.Request().Context()); err != nil {
		return c.String(http.StatusServiceUnavailable, "database: not available\n")
	}
	if h.now().Sub(h.options.Alive()) > heartbeatAge {
		return c.String(http.StatusServiceUnavailable, "scheduler: no sign of life\n")
	}
	return c.String(http.StatusOK, "ok\n")
}
