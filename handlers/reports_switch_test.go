package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestSeveralReportsArePausedAndResumed(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Oracle")
	a, b, gone := storedReport(t, console, license, "a"), storedReport(t, console, license, "b"), storedReport(t, console, license, "gone")
	if _, err := console.Store.DeleteReports(t.Context(), console.Act(), []string{gone.ID}); err != nil {
		t.Fatal(err)
	}
	editor := console.SignIn(t, usage.Editor)
	do := func(action string, want string, ids ...string) {
		t.Helper()
		page := editor.Post(t, "/usage-reports/"+action, url.Values{"id": ids})
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, want)
	}
	status := func(want ...string) {
		t.Helper()
		for i, row := range editor.Get(t, "/usage-reports").Rows() {
			if row[2] != want[i] {
				t.Errorf("%s is %s, want %s", row[1], row[2], want[i])
			}
		}
	}
	do("pause", "Select at least one usage report to pause.")
	do("pause", "Paused usage report a. No reports are generated until you resume it.", a.ID)
	status("Paused", "Pending")
	do("pause", "Paused usage report b. No reports are generated until you resume it. a was paused already. 1 usage report doesn’t exist any more.", a.ID, b.ID, gone.ID, b.ID)
	status("Paused", "Paused")
	do("pause", "No usage report was paused. a and b were paused already.", a.ID, b.ID)
	do("resume", "Resumed 2 usage reports. The next reports are generated within seconds.", a.ID, b.ID, "r-x")
	status("Pending", "Pending")
	do("resume", "No usage report was resumed. 1 usage report doesn’t exist any more.", gone.ID)

	if got := console.SignIn(t, usage.Viewer).Get(t, "/usage-reports"); strings.Contains(got.Body, "formaction") {
		t.Error("a viewer is offered to pause")
	}
}
