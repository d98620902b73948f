package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestListsLookAsTheirReaderChose(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "Oracle")
		for i := range 11 {
			storedReport(t, console, license, fmt.Sprintf("daily-%02d", i), described("For the true-up"))
		}
		track(t, console, instance("i-1", webtest.Account, "running", ""))
		viewer := console.SignIn(t, usage.Viewer)
		page := viewer.Get(t, "/usage-reports?sort=-name")
		page.WantNoText(t, "For the true-up")
		page = page.Follow(t, "Table preferences")
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "Choose how this table looks for you", "daily-01")
		form := page.Form(t, "/usage-reports/preferences")
		form.Set("page_size", "10")
		form.Set("column", "description", "made-up")
		form.Set("compact", "true")
		page = form.Submit(t)
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "For the true-up")
		if rows := page.Rows(); len(rows) != 10 || len(rows[0]) != 3 || rows[0][1] != "daily-10" {
			t.Errorf("%d rows, the first %q", len(rows), rows[0])
		}
		if rows := viewer.Get(t, "/usage-reports?size=25").Rows(); len(rows) != 11 {
			t.Errorf("%d rows, but the address wants 25", len(rows))
		}
		if rows := console.SignIn(t, usage.Editor).Get(t, "/usage-reports").Rows(); len(rows) != 11 || len(rows[0]) != 9 {
			t.Errorf("another user sees %d rows of %d cells", len(rows), len(rows[0]))
		}
		for _, path := range []string{"/self-managed-licenses", "/tracked-resources"} {
			form := viewer.Get(t, path+"/preferences").Form(t, path+"/preferences")
			form.Set("column")
			form.Set("next", "https://example.com")
			page := form.Submit(t)
			page.WantStatus(t, http.StatusOK)
			if rows := page.Rows(); len(rows) != 1 || len(rows[0]) > 2 {
				t.Errorf("%s: %q, want names only", path, rows)
			}
		}
	})
}

// Tags and sizes are read for the table only where they are shown.
func TestOptionalColumnsOfUsageReports(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "Oracle")
		storedReport(t, console, license, "a-published", tagged("team", "a+b"), tagged("audit", ""))
		console.Publish(t)
		storedReport(t, console, license, "b-pending")
		editor := console.SignIn(t, usage.Editor)
		form := editor.Get(t, "/usage-reports/preferences").Form(t, "/usage-reports/preferences")
		form.Set("column", "tags", "last-size")
		page := form.Submit(t)
		page.WantStatus(t, http.StatusOK)
		rows := page.Rows()
		if len(rows) != 2 || len(rows[0]) != 4 {
			t.Fatalf("%q", rows)
		}
		if rows[0][2] != "team: a+b audit" || !strings.HasSuffix(rows[0][3], " KB") || rows[1][2] != "-" || rows[1][3] != "-" {
			t.Errorf("%q", rows)
		}
		page = page.Follow(t, "team: a+b")
		if rows := page.Rows(); len(rows) != 1 || rows[0][1] != "a-published" {
			t.Errorf("reports with the tag: %q", rows)
		}
	})
}
