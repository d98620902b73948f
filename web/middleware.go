package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
	"license-manager/views"
)

const (
	// pageTimeout is how long an ordinary page may take, its form included.
	pageTimeout = 30 * time.Second
	formLimit   = 1 << 20   // bytes of an ordinary form
	uploadLimit = 256 << 20 // bytes of a file to import
	// uploadEnvelope is what a browser adds around an uploaded file.
	uploadEnvelope = 64 << 10 // bytes
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
		if err := next(c); err != nil {
			c.Error(err)
		}
		r, w := c.Request(), c.Response()
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

// cleanURL answers a path that no page can have, leads a path that ends in a
// slash to the one without, and removes from the query what no database takes
// as text.
func (s *server) cleanURL(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		u := c.Request().URL
		if !isText(u.Path) {
			return handlers.ErrNoPage
		}
		if path := strings.TrimRight(u.Path, "/"); path != u.Path && path != "" && isRead(c.Request()) {
			to := url.URL{Path: "/" + strings.TrimLeft(path, "/"), RawQuery: u.RawQuery}
			return c.Redirect(http.StatusMovedPermanently, to.String())
		}
		cleanQuery(u)
		return next(c)
	}
}

// cleanQuery drops what is not text, rather than refuse the page.
func cleanQuery(u *url.URL) {
	if u.RawQuery == "" {
		return
	}
	query, err := url.ParseQuery(u.RawQuery) // what it can't read it leaves out
	clean := err == nil
	for _, values := range query {
		for i, value := range values {
			if !isText(value) {
				clean, values[i] = false, strings.ToValidUTF8(strings.ReplaceAll(value, "\x00", ""), "")
			}
		}
	}
	if !clean {
		u.RawQuery = query.Encode()
	}
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

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
func (s *server) limits(kind Kind) echo.MiddlewareFunc {
	size := int64(formLimit)
	if kind == Upload {
		size = uploadLimit + uploadEnvelope
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, w := c.Request(), c.Response()
			r.Body = http.MaxBytesReader(w, r.Body, size)
			if kind == Upload || kind == Download {
				return next(c)
			}
			ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
			defer cancel()
			c.SetRequest(r.WithContext(ctx))
			// A body that trickles in holds a connection no longer than that.
			// A connection that has no deadlines is one of a test.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(pageTimeout))
			return next(c)
		}
	}
}

// identify finds out who asks.
func (s *server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.console.Identify(c); err != nil {
			return err
		}
		return next(c)
	}
}

// allow lets those through who may use the route; visitors sign in first and
// come back to where they wanted to go.
func (s *server) allow(access handlers.Access) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			err := handlers.Admit(c, access)
			switch {
			case err == nil:
				return next(c)
			case errors.Is(err, handlers.ErrSignIn):
				return askToSignIn(c)
			default:
				return err
			}
		}
	}
}

// askToSignIn sends a visitor to the sign-in page. A fragment can't show it,
// so htmx is told to leave the page.
func askToSignIn(c echo.Context) error {
	to := views.SignInPath + "?next=" + url.QueryEscape(wanted(c))
	if handlers.IsFragment(c) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// wanted is the page to come back to: this one or, where this is a form that
// was sent or a part of a page, the page that it belongs to.
func wanted(c echo.Context) string {
	r := c.Request()
	from := r.Referer()
	if handlers.IsFragment(c) {
		from = r.Header.Get("HX-Current-URL")
	} else if isRead(r) {
		return r.URL.RequestURI()
	}
	if u, err := url.Parse(from); err == nil && u.Host == r.Host && strings.HasPrefix(u.Path, "/") {
		return u.RequestURI()
	}
	return r.URL.RequestURI()
}
