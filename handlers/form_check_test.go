package handlers_test

import (
	"net/http"
	"testing"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// A form that was refused is checked as its fields are left. That saves nothing.
func TestFormsAreCheckedWithoutSaving(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		license := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountVCPU})
		createLicense(t, console, usage.License{Name: "Windows", CountingType: usage.CountInstance})
		page := createForm(t, browser, "daily", license).Submit(t)
		report := page.Path
		createForm(t, browser, "weekly", license).Submit(t)
		for _, f := range []struct{ page, action, taken, required string }{
			{"/usage-reports/create", "/usage-reports", "Daily", "Name is required."},
			{report + "/edit", report + "/edit", "Weekly", "Name is required."},
			{licenses + "/create", licenses, "ORACLE", "Name is required."},
			{licenses + "/" + license.ID + "/edit", licenses + "/" + license.ID + "/edit", "windows", "Name is required."},
		} {
			form := browser.Get(t, f.page).Form(t, f.action)
			if f.page == "/usage-reports/create" {
				form.Set("license", license.ID)
			}
			form.Fields.Set("intent", "check")
			for name, errors := range map[string]int{"": 1, f.taken: 1, "free": 0} {
				form.Set("name", name)
				checked := form.Submit(t)
				checked.WantStatus(t, http.StatusOK)
				if got := checked.Has("Fix 1 field."); got != (errors > 0) {
					t.Errorf("%s with the name %q: an error %t\n%s", f.page, name, got, checked.Text())
				}
				if name == "" {
					checked.WantText(t, f.required)
				}
			}
		}
		rows, _, err := console.Store.Reports(t.Context(), store.ReportQuery{Page: 1, Size: 10, Now: console.Clock.Now()})
		if err != nil || len(rows) != 2 || rows[0].Name != "daily" || rows[1].Name != "weekly" {
			t.Errorf("%d reports, %v", len(rows), err)
		}
		stored, _, err := console.Store.Licenses(t.Context(), store.LicenseQuery{Page: 1, Size: 10, Now: console.Clock.Now()})
		if err != nil || len(stored) != 2 || stored[0].Name != "Oracle" {
			t.Errorf("%d licenses, %v", len(stored), err)
		}
	})
}
