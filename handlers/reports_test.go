package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// storedLicense is a license that the test made in the store itself.
func storedLicense(t *testing.T, console *webtest.Console, name string) usage.License {
	t.Helper()
	count := int64(480)
	l, err := console.Store.CreateLicense(t.Context(), console.Act(), usage.License{Name: name, CountingType: usage.CountVCPU, Count: &count})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// storedReport is a usage report that the test made in the store itself; its
// first run waits.
func storedReport(t *testing.T, console *webtest.Console, license usage.License, name string, change ...func(*usage.Report)) usage.Report {
	t.Helper()
	r := usage.Report{Name: name, LicenseID: license.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}
	for _, c := range change {
		c(&r)
	}
	return createdAgo(t, console, r, 0)
}

// createdAgo is a usage report that was made some time ago.
func createdAgo(t *testing.T, console *webtest.Console, r usage.Report, ago time.Duration) usage.Report {
	t.Helper()
	act := console.Act()
	act.At = act.At.Add(-ago)
	r, err := console.Store.CreateReport(t.Context(), act, r)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func described(text string) func(*usage.Report) {
	return func(r *usage.Report) { r.Description = text }
}

func tagged(key, value string) func(*usage.Report) {
	return func(r *usage.Report) { r.Tags = append(r.Tags, usage.Tag{Key: key, Value: value}) }
}

func every(f usage.Frequency, types ...usage.ReportType) func(*usage.Report) {
	return func(r *usage.Report) { r.Frequency, r.Types = f, types }
}

// reportNames are the reports in the rows of the table.
func reportNames(page *webtest.Page) []string {
	var names []string
	for _, row := range page.Rows() {
		names = append(names, row[1])
	}
	return names
}

func TestNoUsageReportsYet(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	editor := console.SignIn(t, usage.Editor)
	page := editor.Get(t, "/usage-reports")
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "Usage reports (0)", "No usage reports", "Connect an S3 bucket", "Create self-managed license", "License Manager creates a bucket with the first usage report.")
	page.WantText(t, "Load sample data")
	page.WantNoText(t, "View details", "Settings", "(done)")

	bucket, license := console.Bucket(t), storedLicense(t, console, "Oracle")
	console.Clock.Advance(time.Minute)
	page = editor.Get(t, "/usage-reports")
	page.WantText(t, "Connect an S3 bucket (done)", "Reports go to "+bucket, "Add a self-managed license (done)", "1 self-managed license")
	if links := console.SignIn(t, usage.Viewer).Get(t, "/usage-reports").Links("Create usage report"); len(links) > 0 {
		t.Error("a viewer is led to where it may not go")
	}
	storedReport(t, console, license, "oracle-ee-daily")
	editor.Get(t, "/usage-reports").WantNoText(t, "No usage reports")
}

func TestTableOfUsageReports(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "Oracle Database EE")
		storedReport(t, console, license, "oracle-ee-daily", described("For the true-up"), tagged("cost-center", "it-4410"))
		bucket := console.Bucket(t)
		console.Publish(t)
		storedReport(t, console, license, "oracle-ee-weekly", every(usage.Every7Days, usage.Summary))
		console.Clock.Advance(2 * time.Hour)

		page := console.SignIn(t, usage.Viewer).Get(t, "/usage-reports")
		page.WantText(t, "Usage reports (2)", "Last updated")
		daily, weekly := page.Rows()[0], page.Rows()[1]
		short := "…" + strings.TrimPrefix(bucket, "aws-license-manager-service-")
		want := []string{"", "oracle-ee-daily", "Succeeded", "Oracle Database EE", "SummaryResource usage", "24 hours", "2 hours ago", "In 22 hours", short}
		if !slices.Equal(daily, want) {
			t.Errorf("got  %q\nwant %q", daily, want)
		}
		if weekly[2] != "Pending" || weekly[6] != "-" || weekly[7] != "Now" {
			t.Errorf("a report that waits for its first file: %q", weekly)
		}
		if links := page.Links(short); links[0] != "/s3?prefix=Reports%2Foracle-ee-daily%2F" {
			t.Errorf("the bucket leads to %s", links)
		}
		for text, want := range map[string]int{"q=TRUE-UP": 1, "q=it-4410": 1, "q=oracle+database": 2, "q=weekly": 1, "q=nothing": 0, "q=%25": 0} {
			if rows := console.SignIn(t, usage.Viewer).Get(t, "/usage-reports?"+text).Rows(); len(rows) != want {
				t.Errorf("%s: %d rows, want %d", text, len(rows), want)
			}
		}
	})
}

func TestFilterSortAndPagesOfUsageReports(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	oracle, sap := storedLicense(t, console, "Oracle"), storedLicense(t, console, "SAP")
	for i := range 12 {
		storedReport(t, console, oracle, fmt.Sprintf("daily-%02d", i), tagged("team", "a"))
	}
	storedReport(t, console, sap, "monthly", every(usage.Every30Days, usage.ResourceUsage), tagged("team", "b / c"))
	paused := storedReport(t, console, sap, "paused", every(usage.Every7Days, usage.Summary))
	if _, err := console.Store.PauseReport(t.Context(), console.Act(), paused.ID); err != nil {
		t.Fatal(err)
	}
	browser := console.SignIn(t, usage.Viewer)
	for query, want := range map[string]int{
		"":                        14,
		"status=paused":           1,
		"status=pending":          13,
		"type=resource-usage":     13,
		"frequency=30d":           1,
		"license=" + sap.ID:       2,
		"tag=team":                13,
		"tag=team:b+/+c":          1,
		"q=DAILY&status=pending":  12,
		"size=10":                 10,
		"size=10&page=2":          4,
		"size=10&page=77":         4,
		"page=-1&size=7&sort=%27": 14,
		"status=nonsense&type=%3Cscript%3E&frequency=1h&license=lic-1&page=x&other=y": 14,
		"q=%00%FF":   14,
		"tag=nobody": 0,
		"license=lic-00000000000000000000000000000000": 0,
	} {
		page := browser.Get(t, "/usage-reports?"+query)
		page.WantStatus(t, http.StatusOK)
		if got := len(page.Rows()); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	none := browser.Get(t, "/usage-reports?q=nobody")
	none.WantText(t, "Usage reports (14)", "0 matches", "No matches", "We can’t find a match.")
	if all := none.Follow(t, "Clear filter"); len(all.Rows()) != 14 {
		t.Error("the filter is not cleared")
	}
	if got := reportNames(browser.Get(t, "/usage-reports?sort=-name"))[0]; got != "paused" {
		t.Errorf("sorted by name, descending: %s is first", got)
	}
	var daily []string
	for i := range 12 {
		daily = append(daily, fmt.Sprintf("daily-%02d", i))
	}
	byFrequency := append(daily, "paused", "monthly")
	if got := reportNames(browser.Get(t, "/usage-reports?sort=frequency")); !slices.Equal(got, byFrequency) {
		t.Errorf("sorted by frequency: %v", got)
	}
	slices.Reverse(byFrequency)
	if got := reportNames(browser.Get(t, "/usage-reports?sort=-frequency")); !slices.Equal(got, byFrequency) {
		t.Errorf("sorted by frequency, descending: %v", got)
	}
	chips := browser.Get(t, "/usage-reports?tag=team&license="+oracle.ID+"&status=pending")
	chips.WantText(t, "License: Oracle", "Tag: team", "12 matches")
	if rows := chips.Form(t, "/usage-reports").Submit(t).Rows(); len(rows) != 12 {
		t.Error("filtering by a control loses the filters without one")
	}
}

func TestFragmentIsPartOfThePage(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	storedReport(t, console, storedLicense(t, console, "Oracle"), "oracle-ee-daily")
	browser := console.SignIn(t, usage.Viewer)
	fragment, page := browser.Fragment(t, "/usage-reports?q=oracle"), browser.Get(t, "/usage-reports?q=oracle")
	if strings.Contains(fragment.Body, "<html") || !strings.HasPrefix(fragment.Body, `<section class="box" id="list"`) {
		t.Errorf("the fragment is no section:\n%s", fragment.Body)
	}
	if !strings.Contains(page.Body, fragment.Body) {
		t.Error("the page does not have what the fragment has")
	}
	if !strings.Contains(fragment.Body, `data-hx-trigger="every 10s"`) {
		t.Error("the table does not look for news while a report waits")
	}
	console.Publish(t)
	if strings.Contains(browser.Fragment(t, "/usage-reports").Body, "every 10s") {
		t.Error("the table looks for news though there are none to come")
	}
}

func TestActionsOnSelectedReports(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Oracle")
	a, b := storedReport(t, console, license, "a"), storedReport(t, console, license, "b")
	browser := console.SignIn(t, usage.Editor)
	for query, want := range map[string]string{
		"do=view&id=" + a.ID:                   "/usage-reports/" + a.ID,
		"do=edit&id=" + b.ID:                   "/usage-reports/" + b.ID + "/edit",
		"do=delete&id=" + b.ID:                 "/usage-reports/" + b.ID + "/delete",
		"do=delete&id=" + a.ID + "&id=" + b.ID: "/usage-reports/delete?" + url.Values{"id": {a.ID, b.ID}}.Encode(),
		"do=delete&id=" + a.ID + "&id=" + a.ID: "/usage-reports/" + a.ID + "/delete",
		"do=view&id=//evil.example&id=" + a.ID: "/usage-reports/" + a.ID,
		"do=https://evil.example/&id=" + a.ID:  "/usage-reports",
		"do=view&id=..%2F..%2Fsettings":        "/usage-reports",
		"do=delete":                            "/usage-reports",
	} {
		if page := browser.Get(t, "/usage-reports/actions?"+query); page.Path != want || page.Status != http.StatusOK {
			t.Errorf("%s leads to %s (%d), want %s", query, page.Path, page.Status, want)
		}
	}
	for query, want := range map[string]string{
		"do=view":                            "Select one usage report to view its details.",
		"do=edit&id=" + a.ID + "&id=" + b.ID: "Select one usage report to edit.",
		"do=delete":                          "Select at least one usage report to delete.",
	} {
		browser.Get(t, "/usage-reports/actions?"+query).WantText(t, want)
	}
}

func TestHostileTextIsText(t *testing.T) {
	t.Parallel()
	const hostile = `<script>alert("x")</script>'&{{.}}`
	console := webtest.New(t)
	license := storedLicense(t, console, hostile)
	r := storedReport(t, console, license, "plain", described(hostile), tagged("=cmd", "@SUM"))
	browser := console.SignIn(t, usage.Editor)
	for _, path := range []string{
		"/usage-reports", "/usage-reports?q=" + url.QueryEscape(hostile), "/usage-reports?tag=" + url.QueryEscape(hostile),
		"/usage-reports/" + r.ID, "/usage-reports/" + r.ID + "/edit", "/usage-reports/" + r.ID + "/delete", "/usage-reports/create",
	} {
		page := browser.Get(t, path)
		page.WantStatus(t, http.StatusOK)
		if strings.Contains(page.Body, "<script>") || strings.Contains(page.Body, "javascript:") {
			t.Errorf("%s: text became markup", path)
		}
	}
}

// A page beyond the last is the last, whatever the address says.
func TestPagesThatAreNotThere(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "Oracle")
		for i := range 11 {
			storedReport(t, console, license, fmt.Sprintf("daily-%02d", i))
			track(t, console, instance(fmt.Sprintf("i-%02d", i), webtest.Account, "running", ""))
		}
		viewer := console.SignIn(t, usage.Viewer)
		for path, last := range map[string]string{"/usage-reports": "daily-10", "/tracked-resources": "i-10"} {
			for _, page := range []string{"2", "3", "999999", "2&after=gone"} {
				list := viewer.Get(t, path+"?size=10&page="+page)
				if rows := list.Rows(); len(rows) != 1 || !slices.Contains(rows[0], last) {
					t.Errorf("%s, page %s: %q, want %s", path, page, rows, last)
				}
			}
		}
	})
}
