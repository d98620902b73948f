package handlers

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"
)

// formMemory is how much of a multipart form without files is kept in memory.
const formMemory = 1 << 20 // bytes

// form reads the fields of the request's body, and nothing from the URL. A
// body that is too large is *http.MaxBytesError, one that is not a form
// ErrUnreadable.
func form(c echo.Context) (url.Values, error) {
	r := c.Request()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := r.ParseForm()
	if err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(formMemory)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return r.PostForm, nil
}

// localPath returns a path of our own with its query, or fallback where next
// is anything else: another site, a scheme, a page that must not be returned
// to. Browsers read a backslash as a slash and skip control characters.
func localPath(next, fallback string) string {
	u, err := url.Parse(next)
	odd := strings.ContainsFunc(next, func(c rune) bool { return c == '\\' || unicode.IsControl(c) })
	if err != nil || odd || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || u.IsAbs() || u.Host != "" || u.User != nil {
		return fallback
	}
	for _, page := range []string{"/sign-in", "/sign-out", "/setup"} {
		if u.Path == page {
			return fallback
		}
	}
	return next
}
