package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Page is what every page shows around its content. Flashes are taken out of
// the session, except for a fragment, which has no place for them.
func (h *Console) Page(c echo.Context, title string, section views.Section, crumbs ...views.Crumb) (views.Page, error) {
	page := h.BarePage(c)
	page.Title, page.Section, page.Crumbs = title, section, crumbs
	if IsFragment(c) {
		return page, nil
	}
	counts, err := h.counts.current(c.Request().Context(), h)
	if err != nil {
		return page, err
	}
	page.Counts = views.Counts{Licenses: counts.Licenses, Resources: counts.Resources, Reports: counts.Reports}
	page.Flashes = h.popFlashes(c)
	return page, nil
}

// BarePage is a Page without anything from the database: for visitors who are
// not signed in, and for errors.
func (h *Console) BarePage(c echo.Context) views.Page {
	user, r := CurrentUser(c), c.Request()
	return views.Page{
		Path:          r.URL.RequestURI(),
		User:          user.Name,
		Account:       h.store.Account().ID,
		CanEdit:       user.Role.Allows(usage.Editor),
		CanAdminister: user.Role.Allows(usage.Administrator),
		ColorMode:     colorMode(r),
		Counts:        views.Counts{Licenses: -1, Resources: -1, Reports: -1},
		Clock:         views.Clock{Now: h.now(), Zone: h.zones.of(user.TimeZone, h.options.Zone)},
		ZoneChosen:    user.TimeZone != "",
		Host:          h.host(r),
		Version:       h.options.Version,
	}
}

func (h *Console) host(r *http.Request) string {
	if h.options.Host != "" {
		return h.options.Host
	}
	return r.Host
}

// IsFragment reports whether htmx asks for a part of a page. Going back in the
// history asks for a page.
func IsFragment(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Request-Type") != "full" && h.Get("HX-History-Restore-Request") != "true"
}

// render answers with a page, or with its fragment where htmx asks for a part;
// a nil fragment is the page. It is rendered as a whole before anything is
// sent, so that an error can still become an error page.
func (h *Console) render(c echo.Context, status int, page, fragment templ.Component) error {
	if IsFragment(c) && fragment != nil {
		page = fragment
	}
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := page.Render(c.Request().Context(), buf); err != nil {
		return err
	}
	if err := h.forgetShown(c); err != nil {
		return err
	}
	return Send(c, status, buf.Bytes())
}

// A page waits so long until the database has forgotten what it shows, and the
// database is asked so long: while a large import is written into SQLite, nobody
// else can write, but everybody can read.
const (
	forgetPatience = 250 * time.Millisecond
	forgetTimeout  = 2 * time.Second
)

// forgetShown commits a session out of which a page took flashes or a draft. If
// that can't be done now, or flashes came meanwhile, the next page shows them.
func (h *Console) forgetShown(c echo.Context) error {
	if !identified(c) || h.sessions.Status(c.Request().Context()) != scs.Modified {
		return h.commit(c)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), forgetTimeout)
	type committed struct {
		token   string
		expires time.Time
		err     error
	}
	done := make(chan committed, 1)
	go func() {
		defer cancel()
		token, expires, err := h.sessions.Commit(ctx)
		done <- committed{token, expires, err}
	}()
	select {
	case <-time.After(forgetPatience):
	case session := <-done:
		switch {
		case session.err == nil:
			h.setCookie(c, session.token, session.expires)
		case !errors.Is(session.err, store.ErrStale) && !errors.Is(session.err, store.ErrUnavailable):
			return session.err
		}
	}
	return nil
}

// Send writes a rendered page.
func Send(c echo.Context, status int, html []byte) error {
	header := c.Response().Header()
	header.Set("Cache-Control", "no-store")
	header.Add("Vary", "HX-Request, HX-Request-Type")
	return c.Blob(status, "text/html; charset=utf-8", html)
}

// redirect answers a POST: the browser gets the page at a path of our own. The
// flashes are shown there.
func (h *Console) redirect(c echo.Context, path string, flashes ...views.Flash) error {
	if c.Request().Method != http.MethodGet {
		h.counts.forget()
	}
	if err := h.keepFlashes(c, flashes); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, path)
}

// keepFlashes commits the session with the flashes for the next page, beside
// those of other requests that end at the same time.
func (h *Console) keepFlashes(c echo.Context, flashes []views.Flash) error {
	for {
		if err := h.putFlashes(c, flashes); err != nil {
			return err
		}
		err := h.commit(c)
		if !errors.Is(err, store.ErrStale) {
			return err
		}
		if err := h.loadSession(c); err != nil {
			return err
		}
	}
}

// putFlashes keeps flashes for the next page, the newest first; one that waits
// already, after a double click, is not said twice.
func (h *Console) putFlashes(c echo.Context, flashes []views.Flash) error {
	if len(flashes) == 0 {
		return nil
	}
	ctx := c.Request().Context()
	waiting := slices.DeleteFunc(decodeFlashes(h.sessions.GetBytes(ctx, sessionFlashes)), func(old views.Flash) bool {
		return slices.ContainsFunc(flashes, func(f views.Flash) bool { return f.Title == old.Title && f.Text == old.Text })
	})
	data, err := json.Marshal(append(flashes, waiting...))
	if err == nil {
		h.sessions.Put(ctx, sessionFlashes, data)
	}
	return err
}

// popFlashes takes the flashes that wait.
func (h *Console) popFlashes(c echo.Context) []views.Flash {
	if !identified(c) {
		return nil
	}
	return decodeFlashes(h.sessions.PopBytes(c.Request().Context(), sessionFlashes))
}

func decodeFlashes(data []byte) []views.Flash {
	var flashes []views.Flash
	if json.Unmarshal(data, &flashes) != nil {
		return nil // nothing, or of another version of the program
	}
	return flashes
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
