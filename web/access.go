package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
	"license-manager/views"
)

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
				return s.askToSignIn(c)
			default:
				return err
			}
		}
	}
}

// askToSignIn sends a visitor to the sign-in page; one whose session ended over
// an open form finds it there again. A fragment can't show the page, so htmx is
// told to leave the one that it is on.
func (s *server) askToSignIn(c echo.Context) error {
	if asked, err := s.console.SignInAgain(c); asked || err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderConnection, "close") // what else the visitor sends is not read
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
