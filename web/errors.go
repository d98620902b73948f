package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
	"license-manager/store"
	"license-manager/views"
)

// statusGone is for the log: the browser did not wait for the answer.
const statusGone = 499

// busyRetry is when to try again what too many do at once, in seconds.
const busyRetry = "5"

func newRequestID() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}

// handleError is where every error of a request ends: it is logged here, and
// the visitor gets a page without any detail of it.
func (s *server) handleError(err error, c echo.Context) {
	status := statusOf(err)
	if status >= http.StatusInternalServerError && clientGone(c, err) {
		status = statusGone
	}
	s.logError(c, err, status)
	if c.Response().Committed {
		return
	}
	if status == statusGone {
		c.Response().WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if err := s.errorPage(c, err, status); err != nil {
		s.logError(c, err, http.StatusInternalServerError)
	}
}

// goneKey in echo's context tells that the client went before it had its answer.
const goneKey = "gone"

// clientGone reports whether a request failed since its client went, or was too
// slow to send or to read: that is no fault of the server.
func clientGone(c echo.Context, err error) bool {
	var network *net.OpError
	own := errors.As(err, &network) && network.Source != nil && network.Source.String() == localAddress(c.Request())
	return own || c.Get(goneKey) != nil
}

// localAddress is where the request came in, empty if that is not known.
func localAddress(r *http.Request) string {
	if address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return address.String()
	}
	return ""
}

// statusOf translates an error. What is not known is a fault of the server.
func statusOf(err error) int {
	known := []struct {
		err    error
		status int
	}{
		{handlers.ErrNoPage, http.StatusNotFound},
		{handlers.ErrSetupLink, http.StatusNotFound},
		{handlers.ErrTooMany, http.StatusRequestEntityTooLarge},
		{handlers.ErrUnreadable, http.StatusUnprocessableEntity},
		{handlers.ErrBusy, http.StatusTooManyRequests},
		{errCrossOrigin, http.StatusForbidden},
		{store.ErrNotFound, http.StatusNotFound},
		{store.ErrDeleted, http.StatusGone},
		{store.ErrStale, http.StatusConflict},
		{store.ErrInUse, http.StatusConflict},
		{store.ErrRunning, http.StatusConflict},
		{store.ErrPaused, http.StatusConflict},
		{context.Canceled, statusGone},
		{context.DeadlineExceeded, http.StatusServiceUnavailable},
		{store.ErrUnavailable, http.StatusServiceUnavailable},
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return k.status
		}
	}
	return statusOfType(err)
}

// statusOfType translates the errors that carry more than their identity.
func statusOfType(err error) int {
	var (
		router    *echo.HTTPError
		tooLarge  *http.MaxBytesError
		forbidden *handlers.ForbiddenError
		bucket    *handlers.BucketError
	)
	switch {
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &forbidden):
		return http.StatusForbidden
	case errors.As(err, &bucket) && bucket.Missing():
		return http.StatusNotFound
	case errors.As(err, &bucket):
		return http.StatusBadGateway
	case errors.As(err, &router):
		return router.Code
	default:
		return http.StatusInternalServerError
	}
}

// logError writes what a visitor does not see. Faults of visitors are of
// interest only to those who look for them.
func (s *server) logError(c echo.Context, err error, status int) {
	level := slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attributes := []slog.Attr{
		slog.String("error", err.Error()),
		slog.Int("status", status),
		slog.String("method", c.Request().Method),
		slog.String("path", c.Request().URL.Path),
		slog.String("request_id", requestID(c)),
	}
	var fault *panicError
	if errors.As(err, &fault) {
		attributes = append(attributes, slog.String("stack", string(fault.stack)))
	}
	s.logger.LogAttrs(context.WithoutCancel(c.Request().Context()), level, "request failed", attributes...)
}

// errorPage answers with the page or, where htmx asks for a part of one, the
// fragment of an error.
func (s *server) errorPage(c echo.Context, err error, status int) error {
	// Who asks decides on the layout. If that can't be found out any more, it
	// is the one for visitors; the reason for the error stays the first one.
	_ = s.console.Identify(c)
	bare := s.console.BarePage(c)
	bare.Path = wanted(c) // a form that failed can't be opened again
	page := describe(views.NewErrorPage(bare, status, requestID(c)), err)
	if errors.Is(err, handlers.ErrBusy) {
		c.Response().Header().Set(echo.HeaderRetryAfter, busyRetry)
	}
	view := views.Error(page)
	if handlers.IsFragment(c) {
		view = views.ErrorFragment(page)
	}
	var buf bytes.Buffer
	// The request's own context may be what ended.
	if err := view.Render(context.WithoutCancel(c.Request().Context()), &buf); err != nil {
		return errors.Join(err, c.NoContent(http.StatusInternalServerError))
	}
	return handlers.Send(c, status, buf.Bytes())
}

// describe puts better words on the page where the error has them.
func describe(page views.ErrorPage, err error) views.ErrorPage {
	var (
		forbidden *handlers.ForbiddenError
		bucket    *handlers.BucketError
	)
	switch {
	case errors.As(err, &forbidden):
		return views.Forbidden(page.Page, forbidden.Verb, forbidden.Noun, forbidden.Needs.Label())
	case errors.As(err, &bucket):
		page.Title, page.Heading, page.Message = "S3", "The file can’t be read from S3", bucket.Words
	case errors.Is(err, handlers.ErrSetupLink):
		page.Title, page.Heading = "Setup link", "This setup link is not valid"
		page.Message = "It was used already, or a newer one has replaced it. If there are no users yet, start License Manager again and open the link in its log."
		page.Links = []views.Link{{Label: "Sign in", URL: views.SignInPath}}
	case errors.Is(err, errCrossOrigin):
		page.Message = "The request came from another site, so nothing was changed. Open the page in License Manager and try again. " +
			"If this is License Manager’s own address, start it with --public-url set to the address that browsers use."
	case errors.Is(err, handlers.ErrTooMany):
		page.Message = fmt.Sprintf("Select %d or fewer at once. Nothing was changed.", handlers.MostValues)
	case errors.Is(err, errTransfers):
		page.Title, page.Heading = "Several downloads at once", "Several downloads at once"
		page.Message = "Several downloads, comparisons or uploads are going on already. Wait until one of them has ended, then try again."
	case errors.Is(err, handlers.ErrBusy):
		page.Title, page.Heading = "Too many at once", "Too many at once"
		page.Message = "Many people do this at the same time. Try again in a few seconds."
	}
	return page
}
