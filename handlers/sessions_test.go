package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestSetupCreatesTheFirstAdministratorOnce(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		if err := console.Store.SetSetupToken(t.Context(), "secret-token"); err != nil {
			t.Fatal(err)
		}
		browser := console.Visitor(t)
		browser.Get(t, "/").WantText(t, "open the setup link in the log")
		browser.Get(t, "/setup?token=made-up").WantStatus(t, http.StatusNotFound)
		page := browser.Get(t, "/setup?token=secret-token")
		page.WantStatus(t, http.StatusOK)

		form := page.Form(t, "/setup")
		form.Set("username", "")
		form.Set("password", "short")
		page = form.Submit(t)
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, "The administrator wasn’t created. Fix 2 fields.", "User name is required.", "Password must be 8 characters or more.")

		form = page.Form(t, "/setup")
		form.Set("username", "ada")
		form.Set("password", webtest.Password)
		page = form.Submit(t)
		if page.Path != "/" || !page.Has("ada") {
			t.Errorf("after setup: %s: %s", page.Path, page.Text())
		}
		browser.Get(t, "/setup?token=secret-token").WantStatus(t, http.StatusNotFound)
		if strings.Contains(console.Log(), "secret-token") {
			t.Error("the log has the setup token")
		}
	})
}

func TestSignInLeadsBackToTheExactAddress(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	console.CreateUser(t, "ada", usage.Administrator)
	browser := console.Visitor(t)
	for _, wanted := range []string{"/settings?a=1&b=%2F", "/usage-reports/r-0123456789abcdef0123456789abcdef?range=7d"} {
		page := browser.Get(t, wanted)
		if strings.HasPrefix(wanted, "/usage-reports/") {
			page.WantText(t, "Continue to the usage report you opened.")
		}
		form := page.Form(t, "/sign-in")
		form.Set("username", "ADA")
		form.Set("password", webtest.Password)
		if page = form.Submit(t); page.Path != wanted {
			t.Errorf("signed in to %q, want %q", page.Path, wanted)
		}
		browser.Post(t, "/sign-out", nil).WantText(t, "Sign in")
	}
}

func TestSignInDoesNotLeadElsewhere(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	console.CreateUser(t, "ada", usage.Administrator)
	for _, next := range []string{
		"https://example.com/", "//example.com", `/\example.com`, "/\t/example.com", "javascript:alert(1)", "example.com", "", "/sign-out", "http:/settings", "/\n//example.com",
	} {
		browser := console.Visitor(t)
		r := browser.NewRequest(t, http.MethodPost, "/sign-in", url.Values{"username": {"ada"}, "password": {webtest.Password}, "next": {next}})
		if page := browser.DoNotFollow(t, r); page.Status != http.StatusSeeOther || page.Location != "/" {
			t.Errorf("next %q: %d to %q", next, page.Status, page.Location)
		}
	}
}

func TestSignInFailsAlikeForUnknownUsersAndWrongPasswords(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		console.CreateUser(t, "ada", usage.Administrator)
		browser := console.Visitor(t)
		for _, name := range []string{"ada", "nobody", "", "\x00", "\xff", strings.Repeat("x", 5000)} {
			page := browser.Post(t, "/sign-in", url.Values{"username": {name}, "password": {"wrong"}})
			page.WantStatus(t, http.StatusUnprocessableEntity)
			page.WantText(t, "Your sign-in wasn’t successful. Check your user name and password and try again.")
		}
	})
}

func TestSignInIsLockedAfterTooManyAttempts(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	console.CreateUser(t, "ada", usage.Administrator)
	browser := console.Visitor(t)
	right := url.Values{"username": {"ada"}, "password": {webtest.Password}}
	for range 5 {
		browser.Post(t, "/sign-in", url.Values{"username": {"Ada"}, "password": {"wrong"}}).WantStatus(t, http.StatusUnprocessableEntity)
	}
	page := browser.Post(t, "/sign-in", right)
	page.WantStatus(t, http.StatusTooManyRequests)
	page.WantText(t, "Too many attempts. Try again in 5 minutes.")
	browser.Post(t, "/sign-in", url.Values{"username": {"other"}, "password": {"wrong"}}).WantStatus(t, http.StatusUnprocessableEntity)

	console.Clock.Advance(5 * time.Minute)
	if page := browser.Post(t, "/sign-in", right); page.Path != "/" {
		t.Errorf("after 5 minutes: %s: %s", page.Path, page.Text())
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		for _, end := range []struct {
			name string
			do   func(t *testing.T, browser *webtest.Client)
		}{
			{"by signing out", func(t *testing.T, browser *webtest.Client) { browser.Post(t, "/sign-out", nil) }},
			{"by a new password", func(t *testing.T, _ *webtest.Client) { // the last one, since nobody knows it
				if err := console.Store.ResetPassword(t.Context(), console.Act(), "administrator", "another hash"); err != nil {
					t.Fatal(err)
				}
			}},
		} {
			browser := console.SignIn(t, usage.Administrator)
			before := browser.Cookies(t)
			end.do(t, browser)
			r := browser.NewRequest(t, http.MethodGet, "/settings", nil)
			for _, cookie := range before {
				r.AddCookie(cookie) // whoever kept a copy is out too
			}
			if page := browser.Do(t, r); page.Title() != "Sign in | License Manager" {
				t.Errorf("%s: %s", end.name, page.Title())
			}
		}
	})
}

func TestSessionsEndAfterTwelveHours(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Administrator)
	console.Clock.Advance(11 * time.Hour)
	if page := browser.Get(t, "/settings"); page.Path != "/settings" {
		t.Errorf("after 11 hours: %s", page.Path)
	}
	console.Clock.Advance(time.Hour + time.Minute)
	if page := browser.Get(t, "/settings"); page.Title() != "Sign in | License Manager" {
		t.Errorf("after 12 hours: %s", page.Title())
	}
}

func TestSignInChangesTheSession(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	console.CreateUser(t, "ada", usage.Administrator)
	browser := console.Visitor(t)
	r := browser.NewRequest(t, http.MethodPost, "/sign-in", url.Values{"username": {"ada"}, "password": {webtest.Password}})
	r.AddCookie(&http.Cookie{Name: "license_manager_session", Value: "chosen-by-someone-else"})
	page := browser.DoNotFollow(t, r)
	cookie := page.Header.Get("Set-Cookie")
	if strings.Contains(cookie, "chosen") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") || strings.Contains(cookie, "Secure") {
		t.Errorf("Set-Cookie: %s", cookie)
	}
	value, _, _ := strings.Cut(strings.TrimPrefix(cookie, "license_manager_session="), ";")
	if value == "" || strings.Contains(console.Log(), value) {
		t.Errorf("the log has the token of the session, or there is none: %q", value)
	}
}

func TestColorModeIsKept(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Viewer)
	page := browser.Post(t, "/color-mode", url.Values{"mode": {"dark"}, "next": {"/no-such-page"}})
	if page.Path != "/no-such-page" || !strings.Contains(page.Body, `data-theme="dark"`) {
		t.Errorf("%s: %.200s", page.Path, page.Body)
	}
	page = browser.Post(t, "/color-mode", url.Values{"mode": {"made up"}, "next": {"//example.com"}})
	if strings.Contains(page.Body, "data-theme") {
		t.Errorf("%s: %.200s", page.Path, page.Body)
	}
}

// While a large import is written, pages are read as ever. What one has said is
// said again then, since nobody can note that it was.
func TestPagesAreShownWhileNobodyCanWrite(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		fields := url.Values{"name": {"Oracle"}, "counting_type": {"vCPU"}}
		browser.DoNotFollow(t, browser.NewRequest(t, http.MethodPost, licenses, fields))
		unlock := console.LockDatabase(t)
		for range 2 {
			page := browser.Get(t, licenses)
			page.WantStatus(t, http.StatusOK)
			page.WantText(t, "Successfully created self-managed license Oracle.")
		}
		unlock()
		said := 0
		for browser.Get(t, licenses).Has("Successfully created") {
			if said++; said == 20 { // a slow machine may need more than one
				t.Fatal("said again and again after somebody can write")
			}
		}
	})
}

func TestFlashesOfRequestsAtTheSameTimeAreAllShown(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		requests := make([]*http.Request, 3) // as many as a page shows
		for i := range requests {
			fields := url.Values{"name": {fmt.Sprintf("License %d", i)}, "counting_type": {"vCPU"}}
			requests[i] = browser.NewRequest(t, http.MethodPost, licenses, fields)
		}
		var clicks sync.WaitGroup
		for _, r := range requests {
			clicks.Go(func() { browser.DoNotFollow(t, r) })
		}
		clicks.Wait()
		page := browser.Get(t, licenses)
		for i := range requests {
			page.WantText(t, fmt.Sprintf("Successfully created self-managed license License %d.", i))
		}
		browser.Get(t, licenses).WantNoText(t, "Successfully created")
	})
}
