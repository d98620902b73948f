package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestDashboardSaysWhatToDoFirst(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	page := console.SignIn(t, usage.Administrator).Get(t, "/")
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "Dashboard", "No usage reports", "Create self-managed license")
	page.WantNoText(t, "Needs attention", "Licenses by use", "Last reports")
	page = console.SignIn(t, usage.Viewer).Get(t, "/")
	page.WantNoText(t, "Create usage report", "Create self-managed license")
}

func TestDashboardLeadsToWhatNeedsAttention(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	past, soon := console.Clock.Now().AddDate(0, 0, -2), console.Clock.Now().AddDate(0, 0, 20)
	over := createLicense(t, console, usage.License{Name: "Over & out", CountingType: usage.CountCore, Count: limit(2)})
	createLicense(t, console, usage.License{Name: "Gone", CountingType: usage.CountCore, ExpiresAt: &past})
	createLicense(t, console, usage.License{Name: "Going", CountingType: usage.CountCore, ExpiresAt: &soon})
	importResources(t, console, over, "i-1,EC2_INSTANCE,"+webtest.Account+",running,3")
	r := usage.Report{Name: "daily", LicenseID: over.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}
	if _, err := console.Store.CreateReport(t.Context(), console.Act(), r); err != nil {
		t.Fatal(err)
	}
	browser := console.SignIn(t, usage.Viewer)
	browser.Get(t, "/").WantText(t, "daily Pending", "1 self-managed license is over the limit", "Over & out 3 of 2 cores", "150.0%")
	console.Publish(t)
	browser.Get(t, "/").WantText(t, "daily Succeeded", "1 self-managed license has expired", "1 self-managed license expires within 30 days")
	late := usage.Act{By: "test", At: console.Clock.Now().Add(-26 * time.Hour)}
	r.Name = "late"
	if _, err := console.Store.CreateReport(t.Context(), late, r); err != nil {
		t.Fatal(err)
	}
	page := browser.Get(t, "/")
	page.WantText(t, "1 usage report is overdue", "late Was due")
	for title, named := range map[string]string{
		"1 usage report is overdue": "late", "1 self-managed license is over the limit": "Over & out",
		"1 self-managed license has expired": "Gone", "1 self-managed license expires within 30 days": "Going",
	} {
		list := page.Follow(t, title)
		if rows := list.Rows(); len(rows) != 1 || !strings.Contains(strings.Join(rows[0], " "), named) {
			t.Errorf("%s leads to %q", title, rows)
		}
	}
}
