package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// failRun claims the run that is due and fails it, as the publisher does.
func failRun(t *testing.T, console *webtest.Console, code, reason string) usage.Run {
	t.Helper()
	runs, err := console.Store.ClaimRuns(t.Context(), console.Clock.Now(), time.Minute, store.Lanes{Small: 1})
	if err != nil || len(runs) != 1 {
		t.Fatalf("claimed %d runs, %v", len(runs), err)
	}
	console.Clock.Advance(1500 * time.Millisecond)
	if err := console.Store.FailRun(t.Context(), runs[0], console.Clock.Now(), code, reason); err != nil {
		t.Fatal(err)
	}
	return runs[0]
}

func TestDetailsOfAUsageReport(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		r := storedReport(t, console, storedLicense(t, console, "Oracle Database EE"), "oracle-ee-daily", described("For the true-up."), tagged("cost-center", "it-4410"))
		bucket := console.Bucket(t)
		console.Publish(t)
		console.Clock.Advance(3 * time.Hour)
		page := console.SignIn(t, usage.Viewer).Get(t, "/usage-reports/"+r.ID)
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "For the true-up.", "Succeeded", "Oracle Database EE", "Self-managed license summary report", "Resource usage report", "Once every 24 hours",
			"3 hours ago", "In 21 hours", "s3://"+bucket+"/Reports/oracle-ee-daily/", "by test", r.ARN, "Report history (2)", "Created", "Download latest summary", "Tags (1)", "cost-center")
		page.WantNoText(t, "Generate report now", "Pause", "Manage tags", "Compare", "Duplicate")
		page.WantText(t, "Consumption over time", "Consumed 0 of 480 vCPUs", "Limit reached - A forecast needs reports of 4 whole weeks.")
		if page.Title() != "oracle-ee-daily | License Manager" {
			t.Errorf("title %q", page.Title())
		}
		if links := page.Links("s3://" + bucket + "/Reports/oracle-ee-daily/"); len(links) != 1 || links[0] != "/s3?prefix=Reports%2Foracle-ee-daily%2F" {
			t.Errorf("S3 location leads to %q", links)
		}
		if links := page.Links("cost-center"); len(links) != 1 || links[0] != "/usage-reports?tag=cost-center%3Ait-4410" {
			t.Errorf("the tag leads to %q", links)
		}
	})
}

func TestRunHistory(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "busy")
	console.Bucket(t)
	console.Publish(t)
	for range 14 {
		console.Clock.Advance(time.Minute)
		if _, err := console.Store.GenerateReport(t.Context(), console.Act(), r.ID); err != nil {
			t.Fatal(err)
		}
		console.Publish(t)
	}
	if _, err := console.Store.GenerateReport(t.Context(), console.Act(), r.ID); err != nil {
		t.Fatal(err)
	}
	failRun(t, console, "AccessDenied", "Access denied. License Manager can’t write to b (AccessDenied).")
	browser, path := console.SignIn(t, usage.Viewer), "/usage-reports/"+r.ID
	for query, want := range map[string]int{
		"": 25, "page=2": 7, "page=99": 7, "size=50": 32, "type=summary": 16, "status=failed": 2, "status=failed&type=summary": 1,
		"status=open": 0, "status=canceled": 0, "status=pending&type=x&sort=y&page=z": 25, "size=10&page=4": 2,
	} {
		page := browser.Get(t, path+"?"+query)
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "Report history (32)")
		if got := len(page.Rows()); got != want {
			t.Errorf("%s: %d rows, want %d", query, got, want)
		}
	}
	row := browser.Get(t, path+"?status=failed&type=summary").Rows()[0]
	if got := strings.Join(row[1:], "|"); got != "FailedAccess denied. Next retry: In 1 minute|Manual|Summary|-|-|-|1.5 s|-" {
		t.Errorf("a failed run: %s", got)
	}
	row = browser.Get(t, path+"?status=succeeded&type=resource-usage").Rows()[0]
	if row[1] != "Succeeded" || row[4] != "0" || row[5] != "0" || !strings.HasSuffix(row[8], ".csv") {
		t.Errorf("a run like the one before: %q", row)
	}
	none := browser.Get(t, path+"?status=canceled")
	none.WantText(t, "0 matches", "No matches")
	if page := none.Follow(t, "Clear filter"); len(page.Rows()) != 25 {
		t.Error("the filter is not cleared")
	}
}

func TestDetailsFollowWhatIsGoingOn(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "oracle")
	browser, path := console.SignIn(t, usage.Editor), "/usage-reports/"+r.ID
	fragment, page := browser.Fragment(t, path+"?type=summary"), browser.Get(t, path+"?type=summary")
	if !strings.HasPrefix(fragment.Body, `<div id="report"`) || !strings.Contains(page.Body, fragment.Body) {
		t.Errorf("the fragment is not a part of the page:\n%s", fragment.Body)
	}
	if !strings.Contains(fragment.Body, `data-hx-get="`+path+`?type=summary" data-hx-trigger="every 2s"`) {
		t.Error("the page does not look for news, or loses its filter when it does")
	}
	fragment.WantText(t, "Pending", "First report not generated yet")
	runs, err := console.Store.ClaimRuns(t.Context(), console.Clock.Now(), time.Minute, store.Lanes{Small: 1})
	if err != nil || len(runs) != 1 {
		t.Fatal(err)
	}
	browser.Fragment(t, path).WantText(t, "In progress")
	if err := console.Store.ReleaseRun(t.Context(), runs[0], console.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	console.Bucket(t)
	console.Publish(t)
	fragment = browser.Fragment(t, path)
	fragment.WantText(t, "Succeeded", "Download latest")
	if strings.Contains(fragment.Body, "every 2s") {
		t.Error("the page looks for news though there are none to come")
	}
}

func TestFailedReportSaysWhyAndWhenItIsTriedAgain(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "oracle")
	run := failRun(t, console, "RequestTimeout", "S3 did not respond: request timed out.")
	browser, path := console.SignIn(t, usage.Editor), "/usage-reports/"+r.ID
	browser.Get(t, path).WantText(t, "The last report failed just now. S3 did not respond: request timed out. Next retry in 1 minute.", "Retry now")
	browser.Get(t, "/usage-reports").WantText(t, "FailedS3 did not respond: request timed out")

	page := browser.Get(t, path).Form(t, path+"/runs/"+run.ID+"/retry").Submit(t)
	page.WantText(t, "Generating a report for oracle.", "The report appears in the report history when it is ready.", "Pending")
	console.Bucket(t)
	console.Publish(t)
	browser.Get(t, path).WantText(t, "After 1 retry", "Retry")
	for range 4 {
		if _, err := console.Store.GenerateReport(t.Context(), console.Act(), r.ID); err != nil {
			t.Fatal(err)
		}
		failRun(t, console, "X", "Why.")
	}
	for range 4 { // until it is given up
		console.Clock.Advance(2 * time.Hour)
		failRun(t, console, "X", "Why.")
	}
	browser.Get(t, path).WantText(t, "The last report failed just now. Why. The next report is generated in 16 hours.")
}

func TestOverdueReport(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Oracle")
	r := createdAgo(t, console, usage.Report{Name: "oracle", LicenseID: license.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}, 26*time.Hour)
	browser := console.SignIn(t, usage.Editor)
	browser.Get(t, "/usage-reports/"+r.ID).WantText(t, "Overdue", "More than an hour late")
	if rows := browser.Get(t, "/usage-reports?status=overdue").Rows(); len(rows) != 1 {
		t.Errorf("%d overdue reports", len(rows))
	}
}

func TestNoSuchReport(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	for _, id := range []string{"r-00000000000000000000000000000000", "r-1", "x", "%27", "%F0%9F%9A%80", strings.Repeat("a", 2000)} {
		for _, path := range []string{"", "/edit", "/delete", "/latest.csv", "/reports/x.csv"} {
			browser.Get(t, "/usage-reports/"+id+path).WantStatus(t, http.StatusNotFound)
		}
		for _, path := range []string{"/edit", "/delete", "/run", "/pause", "/resume", "/runs/0123456789abcdef/retry", "/runs/x/retry"} {
			browser.Post(t, "/usage-reports/"+id+path, nil).WantStatus(t, http.StatusNotFound)
		}
	}
}
