package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// TestConsoleIsUsedWhileAnImportIsWritten wants everything to go on that does not
// change what the import does, and else to be told why not.
func TestConsoleIsUsedWhileAnImportIsWritten(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		l := createLicense(t, console, usage.License{Name: "Oracle"})
		console.CreateUser(t, "late", usage.Editor)
		unlock := console.LockInventory(t)
		browser := console.SignIn(t, usage.Editor)
		form := createForm(t, browser, "daily", l)
		form.Submit(t).WantText(t, "Successfully created usage report daily.")
		console.Publish(t)
		page := browser.Get(t, "/usage-reports")
		page.WantText(t, "daily", "Succeeded")
		page = browser.Post(t, "/self-managed-licenses/"+l.ID+"/edit", url.Values{"name": {"Oracle 2"}, "version": {"1"}})
		page.WantStatus(t, http.StatusServiceUnavailable)
		page.WantText(t, "busy with a large import")
		unlock()
		browser.Post(t, "/self-managed-licenses/"+l.ID+"/edit", url.Values{"name": {"Oracle 2"}, "version": {"1"}}).WantText(t, "Oracle 2")
	})
}
