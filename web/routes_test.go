package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"license-manager/handlers"
	"license-manager/store/usage"
	"license-manager/web"
	"license-manager/web/webtest"
)

// routes is the table, without anything behind the handlers.
func routes() []web.Route { return web.Routes(&handlers.Console{}) }

// address is a path of the route with ids that nothing has.
func address(r web.Route) string {
	id := "r-00000000000000000000000000000000"
	if strings.HasPrefix(r.Path, "/self-managed-licenses") {
		id = "lic-00000000000000000000000000000000"
	}
	var parts []string
	for _, part := range strings.Split(r.Path, "/") {
		switch part {
		case ":id":
			part = id
		case ":run":
			part = "0000000000000000"
		case ":type":
			part = "summary.csv"
		default:
			if strings.HasPrefix(part, ":") {
				part = "unknown"
			}
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "/")
}

func (e edge) request(t *testing.T, r web.Route) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), r.Method, e.console.URL+address(r), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request
}

// edge is one console whose routes are tried.
type edge struct{ console *webtest.Console }

func TestRoutesAskVisitorsToSignIn(t *testing.T) {
	t.Parallel()
	e := edge{webtest.New(t)}
	visitor := e.console.Visitor(t)
	for _, r := range routes() {
		if r.Access == handlers.Public {
			continue
		}
		page := visitor.DoNotFollow(t, e.request(t, r))
		want := "/sign-in?next=" + url.QueryEscape(address(r))
		if page.Status != http.StatusSeeOther || page.Location != want {
			t.Errorf("%s %s: %d to %q, want a redirect to %q", r.Method, r.Path, page.Status, page.Location, want)
		}
	}
}

func TestRoutesRefuseWeakerRoles(t *testing.T) {
	t.Parallel()
	e := edge{webtest.New(t)}
	weaker := map[handlers.Access]usage.Role{handlers.Editor: usage.Viewer, handlers.Administrator: usage.Editor}
	browsers := map[usage.Role]*webtest.Client{usage.Viewer: e.console.SignIn(t, usage.Viewer), usage.Editor: e.console.SignIn(t, usage.Editor)}
	for _, r := range routes() {
		role, ok := weaker[r.Access]
		if !ok {
			continue
		}
		page := browsers[role].DoNotFollow(t, e.request(t, r))
		if page.Status != http.StatusForbidden || !page.Has("You don’t have permission to") {
			t.Errorf("%s %s as %s: %d, want 403 in words", r.Method, r.Path, role, page.Status)
		}
	}
}

func TestRoutesRefuseOtherSites(t *testing.T) {
	t.Parallel()
	e := edge{webtest.New(t)}
	browser := e.console.SignIn(t, usage.Administrator)
	for _, r := range routes() {
		if r.Method != http.MethodPost {
			continue
		}
		for name, value := range map[string]string{"Origin": "https://example.com", "Sec-Fetch-Site": "cross-site"} {
			request := e.request(t, r)
			request.Header.Set(name, value)
			if page := browser.DoNotFollow(t, request); page.Status != http.StatusForbidden || !page.Has("another site") || !page.Has("--public-url") {
				t.Errorf("POST %s with %s %s: %d, want 403", r.Path, name, value, page.Status)
			}
		}
	}
}

func TestRoutesDoNotKnowMadeUpIDs(t *testing.T) {
	t.Parallel()
	e := edge{webtest.New(t)}
	browser := e.console.SignIn(t, usage.Administrator)
	for _, r := range routes() {
		if !strings.Contains(r.Path, ":") {
			continue
		}
		page := browser.DoNotFollow(t, e.request(t, r))
		if page.Status != http.StatusNotFound || page.Title() != "Page not found | License Manager" {
			t.Errorf("%s %s: %d %q, want the 404 page", r.Method, address(r), page.Status, page.Title())
		}
	}
}

func TestRoutesSayWhenTheDatabaseIsGone(t *testing.T) {
	t.Parallel()
	e := edge{webtest.New(t)}
	browser := e.console.SignIn(t, usage.Administrator)
	if err := e.console.Store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range routes() {
		if r.Path == "/healthz" || r.Path == "/color-mode" {
			continue // they need no database
		}
		page := browser.DoNotFollow(t, e.request(t, r))
		if page.Status != http.StatusServiceUnavailable {
			t.Errorf("%s %s: %d, want 503", r.Method, r.Path, page.Status)
		}
		if id := page.Header.Get("X-Request-Id"); r.Kind != web.Probe && (id == "" || !page.Has("Request ID: "+id)) {
			t.Errorf("%s %s: no request id on the page: %s", r.Method, r.Path, page.Text())
		}
		for _, detail := range []string{"sql", "goroutine", ".go:", "closed"} {
			if strings.Contains(page.Body, detail) {
				t.Errorf("%s %s: the page has %q", r.Method, r.Path, detail)
			}
		}
	}
}
