package handlers

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Options are what the handlers stand on.
type Options struct {
	Store *store.Store
	S3    *bucket.Client
	// EnsureBucket returns the bucket of the account. Where it has none, one is
	// created; created tells that this call did it. The name is not empty even
	// if err tells that S3 could not be reached.
	EnsureBucket func(ctx context.Context, act usage.Act) (name string, created bool, err error)
	// Nudge starts a job of the scheduler at once: "publish" after a change
	// that makes a report due.
	Nudge func(job string)
	// Alive tells when the scheduler last gave a sign of life.
	Alive func() time.Time
	Now   func() time.Time
	// Zone is where readers are who have not chosen one; nil means UTC.
	Zone *time.Location
	// HTTPS tells that browsers reach the console by https, so that cookies
	// are sent by it only.
	HTTPS   bool
	Host    string // shown under the sign-in card; empty for that of the request
	Version string
}

// Console is what all handlers share. The handlers of a noun embed it:
//
//	type Reports struct{ *Console }
type Console struct {
	store    *store.Store
	s3       *bucket.Client
	nudge    func(job string)
	sessions *scs.SessionManager
	counts   counts
	zones    zones
	options  Options
}

// New prepares the handlers.
func New(o Options) *Console {
	sessions := scs.New()
	sessions.Store = o.Store.Sessions(o.Now)
	sessions.Lifetime = sessionLifetime
	sessions.Codec = sessionCodec{}
	return &Console{store: o.Store, s3: o.S3, nudge: o.Nudge, sessions: sessions, options: o}
}

// now is the moment of the request, in UTC.
func (h *Console) now() time.Time { return h.options.Now().UTC() }

// act says for the store who does what the request asks, from where and when.
func (h *Console) act(c echo.Context) usage.Act {
	return usage.Act{By: CurrentUser(c).Name, From: c.RealIP(), At: h.now()}
}

// secure tells whether cookies of this request are for https only.
func (h *Console) secure(r *http.Request) bool { return h.options.HTTPS || r.TLS != nil }

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

// folderURL is where the files under a prefix are shown: in the AWS console, or
// on our own page.
func (h *Console) folderURL(bucket, prefix string) string {
	if address, ok := h.s3.ConsoleURL(bucket, prefix); ok {
		return address
	}
	if prefix == "" {
		return "/s3"
	}
	return "/s3?prefix=" + url.QueryEscape(prefix)
}

func (h *Console) host(r *http.Request) string {
	if h.options.Host != "" {
		return h.options.Host
	}
	return r.Host
}
