package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestTimesAreShownInTheZoneOfTheUser(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	ada, eve := console.SignIn(t, usage.Viewer), console.SignIn(t, usage.Administrator)
	page := ada.Get(t, "/usage-reports?sort=-name")
	page.WantText(t, "Time zone UTC")
	form := page.Follow(t, "Preferences").Form(t, "/preferences")
	if zones := form.Options("time_zone"); len(zones) < 500 || zones[0] != "" || zones[1] != "UTC" {
		t.Errorf("%d zones to choose from: %.3q", len(zones), zones)
	}
	form.Set("time_zone", "Asia/Kathmandu")
	page = form.Submit(t)
	if page.Path != "/usage-reports?sort=-name" {
		t.Errorf("saved, and back to %s", page.Path)
	}
	now := console.Clock.Now().Add(5*60*60e9 + 45*60e9)
	page.WantText(t, "Successfully updated your preferences. Times are shown in Asia/Kathmandu (UTC+05:45).", "Time zone UTC+05:45",
		now.Format("January 2, 2006, 15:04")+" (UTC+05:45)")
	if page = ada.Get(t, "/preferences"); page.Form(t, "/preferences").Fields.Get("time_zone") != "Asia/Kathmandu" {
		t.Error("the form does not show what was chosen")
	}
	eve.Get(t, "/usage-reports").WantText(t, "Time zone UTC", "(UTC)")
	page = ada.Post(t, "/preferences", url.Values{"time_zone": {""}, "next": {"https://example.com/"}})
	if page.Path != "/preferences" || !page.Has("Times are shown in UTC.") {
		t.Errorf("the default again: %s %s", page.Path, page.Text())
	}
}

func TestTimeZonesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Viewer)
	for _, zone := range []string{"Mars/Olympus", "Local", "../../etc/passwd", "<script>"} {
		page := browser.Post(t, "/preferences", url.Values{"time_zone": {zone}})
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, "The preferences weren’t updated. Fix 1 field.", "Choose a time zone from the list.")
	}
	browser.Get(t, "/usage-reports").WantText(t, "Time zone UTC")
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		console.CreateUser(t, "ada", usage.Viewer)
		browser, other := signIn(t, console, "ada", webtest.Password), signIn(t, console, "ada", webtest.Password)
		change := func(current, changed, repeated string) *webtest.Page {
			form := browser.Get(t, "/password").Form(t, "/password")
			form.Set("current_password", current)
			form.Set("new_password", changed)
			form.Set("repeated_password", repeated)
			return form.Submit(t)
		}
		const changed = "a brand new password"
		for message, page := range map[string]*webtest.Page{
			"Enter your current password.":                       change("", changed, changed),
			"This isn’t your current password.":                  change("something else", changed, changed),
			"Password must be 8 characters or more.":             change(webtest.Password, "short", "short"),
			"The passwords don’t match.":                         change(webtest.Password, changed, changed+"!"),
			"Enter a password that differs from the current one": change(webtest.Password, webtest.Password, webtest.Password),
		} {
			page.WantStatus(t, http.StatusUnprocessableEntity)
			page.WantText(t, "The password wasn’t changed. Fix 1 field.", message)
			if strings.Contains(page.Body, changed) {
				t.Error("the page has a password that was typed")
			}
		}
		change(webtest.Password, changed, changed).WantText(t, "Successfully changed your password.", "All your other sessions have ended.")
		browser.Get(t, "/usage-reports").WantText(t, "Usage reports")
		other.Get(t, "/usage-reports").WantText(t, "Sign in")
		signIn(t, console, "ada", changed).Get(t, "/usage-reports").WantText(t, "ada")
	})
}

func TestGuessesOfTheCurrentPasswordAreBounded(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Viewer)
	guess := url.Values{"current_password": {"guess"}, "new_password": {"a new password"}, "repeated_password": {"a new password"}}
	for range 5 {
		browser.Post(t, "/password", guess).WantStatus(t, http.StatusUnprocessableEntity)
	}
	guess.Set("current_password", webtest.Password)
	page := browser.Post(t, "/password", guess)
	page.WantStatus(t, http.StatusTooManyRequests)
	page.WantText(t, "Too many attempts. Try again in 5 minutes.")
}

func signIn(t *testing.T, console *webtest.Console, name, password string) *webtest.Client {
	t.Helper()
	browser := console.Visitor(t)
	browser.Post(t, "/sign-in", url.Values{"username": {name}, "password": {password}})
	return browser
}
