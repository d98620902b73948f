package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

const licenses = "/self-managed-licenses"

// createLicense makes a license without the pages.
func createLicense(t *testing.T, console *webtest.Console, l usage.License) usage.License {
	t.Helper()
	if l.CountingType == "" {
		l.CountingType = usage.CountVCPU
	}
	created, err := console.Store.CreateLicense(t.Context(), console.Act(), l)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// licenseNames are the names of all licenses that match.
func licenseNames(t *testing.T, console *webtest.Console, q store.LicenseQuery) []string {
	t.Helper()
	q.Page, q.Size, q.Now = 1, 1000, console.Clock.Now()
	rows, _, err := console.Store.Licenses(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
	}
	return names
}

func limit(n int64) *int64 { return &n }

// listedLicenses are the names in the rows of the table.
func listedLicenses(page *webtest.Page) []string {
	var out []string
	for _, cells := range page.Rows() {
		out = append(out, cells[1])
	}
	return out
}

func TestLicensesListBeginsEmpty(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	page := browser.Get(t, licenses)
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "Self-managed licenses (0)", "No self-managed licenses")
	page = page.Follow(t, "Create self-managed license")
	if page.Path != licenses+"/create" || page.Title() != "Create self-managed license | License Manager" {
		t.Errorf("create leads to %s, %q", page.Path, page.Title())
	}
}

func TestLicensesListShowsWhatMatters(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	yesterday, later := console.Clock.Now().AddDate(0, 0, -1), console.Clock.Now().AddDate(1, 0, 0)
	a := createLicense(t, console, usage.License{Name: "A", Count: limit(1480), HardLimit: true, ExpiresAt: &later})
	createLicense(t, console, usage.License{Name: "B", CountingType: usage.CountCore, ExpiresAt: &yesterday})
	c := createLicense(t, console, usage.License{Name: "C", CountingType: usage.CountInstance})
	if err := console.Store.SetLicenseStatus(t.Context(), console.Act(), c.ID, usage.LicenseDeactivated); err != nil {
		t.Fatal(err)
	}
	report := usage.Report{Name: "daily", LicenseID: a.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}
	if _, err := console.Store.CreateReport(t.Context(), console.Act(), report); err != nil {
		t.Fatal(err)
	}
	page := console.SignIn(t, usage.Viewer).Get(t, licenses)
	want := [][]string{
		{"", "A", "Available", "vCPUs", "0 of 1,480", "Yes", "1", "0", later.Format("January 2, 2006")},
		{"", "B", "Expired", "Cores", "0", "-", "0", "0", yesterday.Format("January 2, 2006")},
		{"", "C", "Deactivated", "Instances", "0", "-", "0", "0", "-"},
	}
	if got := page.Rows(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("rows %q, want %q", got, want)
	}
	if got := page.Links("1"); !slices.Equal(got, []string{"/usage-reports?license=" + a.ID}) {
		t.Errorf("usage reports lead to %q", got)
	}
	if got := page.Links("A"); !slices.Equal(got, []string{licenses + "/" + a.ID}) {
		t.Errorf("the name leads to %q", got)
	}
}

func TestLicensesListFiltersSortsAndPages(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	for i := range 27 {
		createLicense(t, console, usage.License{Name: fmt.Sprintf("License %02d", i), Tags: []usage.Tag{{Key: "owner", Value: fmt.Sprintf("team-%d", i%2)}}})
	}
	yesterday := console.Clock.Now().AddDate(0, 0, -1)
	createLicense(t, console, usage.License{Name: "Old", Description: "Bought in 2019", ExpiresAt: &yesterday})
	browser := console.SignIn(t, usage.Viewer)
	for path, want := range map[string]struct {
		first string
		rows  int
		text  string
	}{
		"":                                {"License 00", 25, "Self-managed licenses (28)"},
		"?page=2":                         {"License 25", 3, "Page 2"},
		"?page=99":                        {"License 25", 3, "Page 2"},
		"?page=-1&size=7":                 {"License 00", 25, "(28)"},
		"?size=50":                        {"License 00", 28, "(28)"},
		"?sort=-name":                     {"Old", 25, "(28)"},
		"?sort=name;DROP":                 {"License 00", 25, "(28)"},
		"?sort=-expires&size=10":          {"License 26", 10, "(28)"},
		"?sort=expires":                   {"Old", 25, "(28)"},
		"?q=LICENSE+1":                    {"License 10", 10, "10 matches"},
		"?q=2019":                         {"Old", 1, "1 match"},
		"?q=team-1&size=10":               {"License 01", 10, "13 matches"},
		"?status=expired":                 {"Old", 1, "1 match"},
		"?status=available":               {"License 00", 25, "27 matches"},
		"?status=made-up":                 {"License 00", 25, "(28)"},
		"?q=%25":                          {"", 0, "No matches"},
		"?q=zzz&sort=status":              {"", 0, "We can’t find a match."},
		"?q=" + strings.Repeat("a", 9999): {"", 0, "0 matches"},
		"?q=%00%ff":                       {"License 00", 25, "(28)"},
	} {
		page := browser.Get(t, licenses+path)
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, want.text)
		got := listedLicenses(page)
		if len(got) != want.rows || want.rows > 0 && got[0] != want.first {
			t.Errorf("%.40s: %d rows %q, want %d from %s", path, len(got), got, want.rows, want.first)
		}
	}
	page := browser.Get(t, licenses+"?q=zzz&status=expired&sort=-name").Follow(t, "Clear filter")
	if page.Path != licenses+"?sort=-name" || len(page.Rows()) != 25 {
		t.Errorf("the filter is cleared by %s", page.Path)
	}
	fragment := browser.Fragment(t, licenses+"?q=old")
	if strings.Contains(fragment.Body, "<html") || !fragment.Has("1 match") || !fragment.Has("(28)") || len(fragment.Rows()) != 1 {
		t.Errorf("the fragment is %s", fragment.Body)
	}
}

func TestLicensesActionsNeedOne(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	a := createLicense(t, console, usage.License{Name: "A"})
	browser := console.SignIn(t, usage.Editor)
	for query, want := range map[string]string{
		"?do=view&id=" + a.ID:                   licenses + "/" + a.ID,
		"?do=edit&id=" + a.ID:                   licenses + "/" + a.ID + "/edit",
		"?do=delete&id=" + a.ID:                 licenses + "/" + a.ID + "/delete",
		"?do=view":                              licenses,
		"?do=delete&id=" + a.ID + "&id=" + a.ID: licenses,
	} {
		if page := browser.Get(t, licenses+"/actions"+query); page.Status != http.StatusOK || page.Path != want {
			t.Errorf("%s leads to %d %s, want %s", query, page.Status, page.Path, want)
		}
	}
	browser.Get(t, licenses+"/actions?do=view").WantText(t, "Select one self-managed license to view its details.")
	browser.Get(t, licenses+"/actions?do=edit").WantText(t, "Select one self-managed license to edit.")
	browser.Get(t, licenses+"/actions?do=delete").WantText(t, "Select one self-managed license to delete.")
	for _, query := range []string{"", "?do=format&id=" + a.ID, "?do=view&id=..%2F..%2Fsettings", "?do=view&id=lic-1"} {
		browser.Get(t, licenses+"/actions"+query).WantStatus(t, http.StatusNotFound)
	}
}

func TestLicenseDetails(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	expires := console.Clock.Now().AddDate(0, 0, 10)
	l := createLicense(t, console, usage.License{
		Name: "Oracle Database EE", Description: "Processor licenses.", CountingType: usage.CountCore, Count: limit(1480), HardLimit: true, ExpiresAt: &expires,
		Rules: usage.Rules{{Name: usage.AllowedTenancy, Value: "EC2-DedicatedHost"}, {Name: usage.LicenseAffinityToHost, Value: "90"}, {Name: usage.MinimumCores, Value: "1"}, {Name: usage.MaximumCores, Value: "48"}},
		Tags:  []usage.Tag{{Key: "owner", Value: "license-team"}},
	})
	for i := range 7 {
		report := usage.Report{Name: fmt.Sprintf("daily-%d", i), LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}
		if _, err := console.Store.CreateReport(t.Context(), console.Act(), report); err != nil {
			t.Fatal(err)
		}
	}
	page := console.SignIn(t, usage.Editor).Get(t, licenses+"/"+l.ID)
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "Oracle Database EE", "Processor licenses.", "Available", "Cores", "1,480 cores", "Enforced: usage over 1,480 is refused",
		"Dedicated Host", "Host affinity 90 days", "Minimum 1 core", "Maximum 48 cores", "In 10 days", expires.Format("January 2, 2006")+" (UTC)", l.ARN,
		"0482-1093-7661", "Now by test", "0 of 1,480 cores consumed (0.0%)", "1,480 available", "Usage reports (7)", "daily-0", "daily-4", "24 hours", "Tracked resources (0)", "No tracked resource uses this license yet.", "Tags (1)", "license-team")
	page.WantNoText(t, "daily-5")
	for label, want := range map[string]string{
		"Create usage report": "/usage-reports/create?license=" + l.ID, "View all 7 usage reports": "/usage-reports?license=" + l.ID,
		"Associate resource": licenses + "/" + l.ID + "/resources/associate", "Edit": licenses + "/" + l.ID + "/edit",
	} {
		if got := page.Links(label); !slices.Equal(got, []string{want}) {
			t.Errorf("%s leads to %q, want %s", label, got, want)
		}
	}
	if page.Title() != "Oracle Database EE | License Manager" {
		t.Errorf("title %q", page.Title())
	}
}

func TestLicenseViewersSeeNoButtons(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "A"})
	browser := console.SignIn(t, usage.Viewer)
	page := browser.Get(t, licenses+"/"+l.ID)
	page.WantStatus(t, http.StatusOK)
	page.WantNoText(t, "Edit", "Delete", "Deactivate", "Create usage report", "Associate resource", "Manage tags")
	page = browser.Get(t, licenses)
	page.WantText(t, "View details")
	page.WantNoText(t, "Edit", "Delete", "Create self-managed license")
	const refused = "You don’t have permission to create self-managed licenses. Ask an administrator for the Editor role."
	browser.Get(t, licenses+"/create").WantText(t, refused)
	browser.Post(t, licenses, url.Values{"name": {"B"}, "counting_type": {"vCPU"}}).WantText(t, refused)
}

func TestLicenseNamesAreHarmless(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	for _, name := range []string{"<script>alert(1)</script>", "=cmd()", `"><img src=x onerror=alert(1)>`, "'; DROP TABLE licenses; --", "{{ .Name }} %s 名前"} {
		form := browser.Get(t, licenses+"/create").Form(t, licenses)
		form.Set("name", name)
		form.Set("description", name)
		page := form.Submit(t)
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "Successfully created self-managed license "+name+".")
		for _, page := range []*webtest.Page{page, browser.Get(t, licenses), browser.Get(t, page.Path+"/edit"), browser.Get(t, page.Path+"/delete"), browser.Get(t, page.Path+"/deactivate")} {
			if !page.Has(name) && !strings.HasSuffix(page.Path, "/edit") {
				t.Errorf("%s: no %s", page.Path, name)
			}
			for _, live := range []string{"<script>alert", "<img"} {
				if strings.Contains(page.Body, live) {
					t.Errorf("%s: %s is not escaped", page.Path, live)
				}
			}
		}
	}
}
