package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
)

const (
	// pageTimeout is how long an ordinary page may take, its form included.
	pageTimeout = 30 * time.Second
	// Bytes of a form: of an ordinary one, and of one that a stranger may send,
	// which is the sign-in with a draft.
	formLimit       = 512 << 10
	publicFormLimit = 128 << 10
	// uploadLimit is how many bytes are read of a body with a file to import.
	// It is more than the handler takes: a browser shows why a file is refused
	// only once it has sent all of it.
	uploadLimit = 1 << 30
)

// identifyRequest gives the request an id, by which an error page leads to the
// log.
func (s *server) identifyRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, newRequestID())
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// logRequest writes one line for each request. The query is left out: it may
// hold a setup token, or what someone searched for.
func (s *server) logRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		r, w := c.Request(), c.Response()
		err := next(c)
		incomplete := err != nil && w.Committed
		if err != nil {
			if r.Context().Err() != nil {
				c.Set(goneKey, true)
			}
			c.Error(err)
		}
		s.logger.LogAttrs(r.Context(), levelOf(c), "request",
			slog.String("method", r.Method),
			slog.String("path", r.URL.Path),
			slog.Int("status", w.Status),
			slog.Int64("bytes", w.Size),
			slog.Duration("duration", time.Since(start).Round(time.Microsecond)),
			slog.String("address", c.RealIP()),
			slog.String("user", handlers.CurrentUser(c).Name),
			slog.String("request_id", requestID(c)),
		)
		if incomplete { // the connection is cut, so that nobody takes a part of a file for all of it
			panic(http.ErrAbortHandler)
		}
		return nil
	}
}

// levelOf keeps what machines ask for every few seconds out of the usual log.
func levelOf(c echo.Context) slog.Level {
	switch path := c.Path(); {
	case path == "/static/*", path == "/healthz", path == "/readyz":
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}

// panicError is a panic of a handler on its way to the error page.
type panicError struct {
	value any
	stack []byte
}

// Error is for the log.
func (e *panicError) Error() string { return fmt.Sprint("panic: ", e.value) }

// recoverPanic turns a panic into an error page. http.ErrAbortHandler is no
// fault: it cuts a connection whose answer can't be completed.
func (s *server) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if cause, ok := v.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
				panic(v)
			}
			err = &panicError{value: v, stack: debug.Stack()}
		}()
		return next(c)
	}
}

// contentSecurityPolicy allows what the console itself serves and no inline
// script or style.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *server) secureHeaders(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if s.https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// errCrossOrigin is a form that another site sent in the name of the user.
var errCrossOrigin = errors.New("the request comes from another site")

// checkOrigin refuses requests that change something and come from pages of
// other sites. It takes the place of tokens in forms.
func (s *server) checkOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.origins.Check(c.Request()); err != nil {
			return fmt.Errorf("%w: %w", errCrossOrigin, err)
		}
		return next(c)
	}
}

// limits bounds the size of the body and, but for files, the time.
func (s *server) limits(r Route) echo.MiddlewareFunc {
	size := int64(formLimit)
	switch {
	case r.Kind == Upload:
		size = uploadLimit
	case r.Access == handlers.Public:
		size = publicFormLimit
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			request, w := c.Request(), c.Response()
			limited := r.Kind != Upload && r.Kind != Download
			if body, ok := request.Body.(*slowBody); ok && limited {
				body.last = time.Now().Add(pageTimeout)
			}
			request.Body = http.MaxBytesReader(w.Writer, request.Body, size)
			if !limited {
				return next(c)
			}
			form := &formBody{ReadCloser: request.Body, gate: s.forms, request: request, network: handlers.NetworkOf(c.RealIP())}
			defer form.done()
			request.Body = form
			ctx, cancel := context.WithTimeout(request.Context(), pageTimeout)
			defer cancel()
			c.SetRequest(request.WithContext(ctx))
			return next(c)
		}
	}
}

// smallForm is how many bytes of a form anybody may send at any time.
const smallForm = 4 << 10

// formLimits bound how many forms beyond that are read at once, by network.
func formLimits() handlers.GateLimits { return handlers.GateLimits{Total: 32, Each: 8, Queue: 32} }

// formBody is the body of a form. The part beyond smallForm is read when there
// is room for it.
type formBody struct {
	io.ReadCloser
	gate    *handlers.Gate[netip.Prefix]
	request *http.Request
	network netip.Prefix
	read    int
	leave   func() // nil until there was room for more than smallForm
}

// Read reads the next part.
func (b *formBody) Read(p []byte) (_ int, err error) {
	if left := smallForm - b.read; left > 0 {
		p = p[:min(len(p), left)]
	} else if b.leave == nil {
		if b.leave, err = b.gate.Enter(b.request.Context(), b.network); err != nil {
			return 0, err
		}
	}
	n, err := b.ReadCloser.Read(p)
	b.read += n
	return n, err
}

// done gives the room back.
func (b *formBody) done() {
	if b.leave != nil {
		b.leave()
	}
}

// transferLimits bound how many downloads, comparisons, reviews and uploads
// there are at once, by user.
func transferLimits() handlers.GateLimits { return handlers.GateLimits{Total: 16, Each: 3, Queue: 32} }

// transferPatience is how long one of them waits for the end of another.
const transferPatience = 5 * time.Second

// errTransfers means that too many of them are going on.
var errTransfers = fmt.Errorf("%w: downloads and uploads", handlers.ErrBusy)

// transfer lets few long requests of a user go on at a time, and few in all, so
// that pages have what they need.
func (s *server) transfer(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), s.patience)
		defer cancel()
		leave, err := s.transfers.Enter(ctx, handlers.CurrentUser(c).ID)
		if err != nil {
			return fmt.Errorf("%w: %w", errTransfers, err)
		}
		defer leave()
		return next(c)
	}
}
