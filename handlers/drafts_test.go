package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// endSession signs the browser's user out everywhere, as time would.
func endSession(t *testing.T, browser *webtest.Client) {
	t.Helper()
	browser.Post(t, "/sign-out", nil)
}

func TestWhatWasTypedSurvivesTheEndOfASession(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Oracle")
	stored := storedReport(t, console, license, "stored")
	edit := "/usage-reports/" + stored.ID + "/edit"
	for i, test := range []struct{ page, action string }{
		{"/usage-reports/create", "/usage-reports"}, {edit, edit}, {"/self-managed-licenses/create", "/self-managed-licenses"},
	} {
		page, action := test.page, test.action
		browser := console.SignIn(t, usage.Editor)
		form := browser.Get(t, page).Form(t, action)
		form.Set("name", fmt.Sprintf("typed %d", i))
		form.Set("description", "A & B <i>\r\nsecond line")
		endSession(t, browser)
		asked := form.Submit(t)
		asked.WantStatus(t, http.StatusUnauthorized)
		asked.WantText(t, "Your session has ended. Sign in to go on with what you entered.")
		signIn := asked.Form(t, "/sign-in")
		signIn.Set("username", "editor")
		signIn.Set("password", "wrong")
		signIn = signIn.Submit(t).Form(t, "/sign-in")
		signIn.Set("password", webtest.Password)
		back := signIn.Submit(t)
		back.WantStatus(t, http.StatusOK)
		back.WantText(t, "You’re signed in again. What you entered hasn’t been saved yet.")
		again := back.Form(t, action)
		if back.Path != page || again.Fields.Get("name") != form.Fields.Get("name") || again.Fields.Get("description") != "A & B <i>\nsecond line" || !strings.Contains(back.Body, `data-guard="typed"`) {
			t.Errorf("%s: back at %s with %v", page, back.Path, again.Fields)
		}
		if name := browser.Get(t, page).Form(t, action).Fields.Get("name"); strings.HasPrefix(name, "typed") {
			t.Errorf("%s: the draft is shown twice", page)
		}
		again.Submit(t).WantText(t, "Successfully")
	}
}

func TestDraftsAreForTheirForms(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	endSession(t, browser)
	page := browser.Post(t, "/usage-reports", map[string][]string{"description": {strings.Repeat("x", 70<<10)}})
	page.WantNoText(t, "go on with what you entered")
	for _, next := range []string{"/usage-reports", "/settings", "https://example.com/create", "//example.com/edit"} {
		page := console.Visitor(t).Post(t, "/sign-in", map[string][]string{"username": {"editor"}, "password": {webtest.Password}, "next": {next}, "draft": {"name=x"}})
		page.WantNoText(t, "You’re signed in again.")
		if page.Path != next && page.Path != "/" {
			t.Errorf("next %s leads to %s", next, page.Path)
		}
	}
}
