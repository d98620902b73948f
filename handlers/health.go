package handlers

import (
	"net/http"
	"strings"
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

// leastFree is how many bytes the disk of the data directory must have left.
const leastFree = 64 << 20

// Ready is GET /readyz: the database takes changes, the disk has room, and the
// scheduler runs. It names what does not, and writes nothing.
func (h Health) Ready(c echo.Context) error {
	var problems []string
	if err := h.store.Ping(c.Request().Context()); err != nil {
		problems = append(problems, "database: not available")
	}
	if h.options.Free != nil {
		if free, err := h.options.Free(); err != nil || free < leastFree {
			problems = append(problems, "disk: the data directory has less than 64 MB left")
		}
	}
	if h.now().Sub(h.options.Alive()) > heartbeatAge {
		problems = append(problems, "scheduler: no sign of life")
	}
	if len(problems) > 0 {
		return c.String(http.StatusServiceUnavailable, strings.Join(problems, "\n")+"\n")
	}
	return c.String(http.StatusOK, "ok\n")
}
