package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
)

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
