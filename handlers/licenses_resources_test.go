package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// importResources tracks resources that use the license.
func importResources(t *testing.T, console *webtest.Console, l usage.License, rows ...string) {
	t.Helper()
	file := "resource_id,resource_type,resource_owner_id,resource_status,cores\n" + strings.Join(rows, "\n")
	console.Import(t, l.ID, file)
}

func TestLicenseConsumptionByResourceType(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountCore, Count: limit(20)})
	rows := []string{
		"h-1,EC2_HOST," + webtest.Account + ",available,10", "mi-1,SYSTEMS_MANAGER_MANAGED_INSTANCE," + webtest.Account + ",running,2",
		"ami-1,EC2_AMI," + webtest.Account + ",available,4", "elsewhere,RDS,730511824490,available,1",
	}
	for i := range 12 {
		rows = append(rows, fmt.Sprintf("i-%02d,EC2_INSTANCE,%s,running,1", i, webtest.Account))
	}
	importResources(t, console, l, rows...)
	browser := console.SignIn(t, usage.Administrator)
	path := licenses + "/" + l.ID
	page := browser.Get(t, path)
	page.WantText(t, "Over limit", "25 of 20 cores consumed (125.0%)", "EC2 instances 12 Managed instances 2 EC2 hosts 10 RDS 1", "5 over the limit",
		"Tracked resources (16)", "Cores consumed", "ami-1", "i-07", "1 resource belongs to another account. Turn on cross-account inventory search to list it.")
	page.WantNoText(t, "i-08", "elsewhere")
	track(t, console, instance("i-of-none", "730511824490", "running", ""))
	tracked := browser.Get(t, "/tracked-resources?license="+l.ID)
	tracked.WantText(t, "15 matches", "1 resource belongs to another account.") // 16 in all, as the license says
	browser.Get(t, "/tracked-resources").WantText(t, "2 resources belong to other accounts.")
	for label, want := range map[string]string{
		"View all 15 tracked resources": "/tracked-resources?license=" + l.ID, "i-00": "/tracked-resources/i-00", "Disassociate": path + "/resources/disassociate",
		"Associate resource": path + "/resources/associate", "Import resources": "/tracked-resources/import?license=" + l.ID,
	} {
		if got := page.Links(label); !slices.Equal(got, []string{want}) {
			t.Errorf("%s leads to %q, want %s", label, got, want)
		}
	}
	if err := console.Store.SetCrossAccount(t.Context(), console.Act(), true); err != nil {
		t.Fatal(err)
	}
	page = browser.Get(t, path)
	page.WantText(t, "elsewhere", "7305-1182-4490", "View all 16 tracked resources")
	page.WantNoText(t, "isn’t listed")
	list := browser.Get(t, licenses+"?status=over-limit")
	list.WantText(t, "Over limit", "25 of 20", "1 match")
	if got := list.Links("16"); !slices.Equal(got, []string{"/tracked-resources?license=" + l.ID}) {
		t.Errorf("resources lead to %q", got)
	}
	browser.Get(t, licenses+"?status=available").WantText(t, "No matches")
}

func TestDeleteLicenseIsBlockedByResources(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountInstance})
	browser := console.SignIn(t, usage.Editor)
	path := licenses + "/" + l.ID
	open := browser.Get(t, path+"/delete").Form(t, path+"/delete")
	open.Set("confirm", "confirm")
	importResources(t, console, l, "i-1,EC2_INSTANCE,"+webtest.Account+",stopped,1", "i-2,EC2_INSTANCE,"+webtest.Account+",running,1")

	blocked := open.Submit(t)
	blocked.WantStatus(t, http.StatusConflict)
	for _, page := range []*webtest.Page{blocked, browser.Get(t, path+"/delete")} {
		page.WantText(t, "Self-managed license Oracle can’t be deleted.", "It has 2 tracked resources. Disassociate them first, and then delete the license.")
		page.WantNoText(t, "Permanently delete")
		if got := page.Links("View resources"); !slices.Equal(got, []string{"/tracked-resources?license=" + l.ID}) {
			t.Errorf("View resources leads to %q", got)
		}
	}
	report := usage.Report{Name: "daily", LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}
	r, err := console.Store.CreateReport(t.Context(), console.Act(), report)
	if err != nil {
		t.Fatal(err)
	}
	both := browser.Get(t, path+"/delete")
	both.WantText(t, "It has 1 usage report associated: daily.", "It also has 2 tracked resources.")
	if both.Path != path {
		t.Errorf("a blocked deletion leads to %s", both.Path)
	}
	if _, err := console.Store.DeleteReports(t.Context(), console.Act(), []string{r.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := console.Store.Disassociate(t.Context(), console.Act(), l.ID, []string{"i-1", "i-2"}); err != nil {
		t.Fatal(err)
	}
	open.Submit(t).WantText(t, "Successfully deleted self-managed license Oracle.")
}
