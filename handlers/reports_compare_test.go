package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// twoRuns is a usage report that has published twice, and the ids of the runs.
type twoRuns struct {
	report usage.Report
	bucket string
	files  []usage.File // the newest first
}

// publishedTwice tracks resources before the first run and others before the
// second: rows of id, type, account, status, cores.
func publishedTwice(t *testing.T, console *webtest.Console, name string, before, after []string) twoRuns {
	t.Helper()
	l := createLicense(t, console, usage.License{Name: "License of " + name, CountingType: usage.CountCore})
	r := twoRuns{report: storedReport(t, console, l, name), bucket: console.Bucket(t)}
	for i, rows := range [][]string{before, after} {
		if len(rows) > 0 {
			importResources(t, console, l, rows...)
		}
		if i > 0 {
			console.Clock.Advance(time.Minute)
			if _, err := console.Store.GenerateReport(t.Context(), console.Act(), r.report.ID); err != nil {
				t.Fatal(err)
			}
		}
		console.Publish(t)
	}
	var err error
	if r.files, err = console.Store.ComparableFiles(t.Context(), r.report.ID, 10); err != nil || len(r.files) != 2 {
		t.Fatalf("published %d files, %v", len(r.files), err)
	}
	return r
}

func (r *twoRuns) path() string { return "/usage-reports/" + r.report.ID + "/compare" }

func (r *twoRuns) query(a, b string) string { return r.path() + "?a=" + a + "&b=" + b }

const own = "," + webtest.Account + ","

func TestCompareTwoRuns(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		r := publishedTwice(t, console, "daily",
			[]string{"i-1,EC2_INSTANCE" + own + "running,4", "i-2,EC2_INSTANCE" + own + "running,4", "i-3,RDS" + own + "available,8"},
			[]string{"i-2,EC2_INSTANCE" + own + "stopped,4", "elsewhere,RDS,730511824490,available,16"})
		first, last := r.files[1].RunID, r.files[0].RunID
		browser := console.SignIn(t, usage.Viewer)
		page := browser.Get(t, "/usage-reports/"+r.report.ID).Follow(t, "Compare")
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "Compare two runs", "Added 1", "Removed 0", "Changed 1", "Licenses consumed +12 16 → 28", "2 resources are the same in both.", "Resources that differ (2)")
		want := []string{
			"elsewhere|Added|RDS|Consumed licenses|-|16", "i-2|Changed|EC2 instance|Status|running|stopped", "i-2|Changed|EC2 instance|Consumed licenses|4|0",
		}
		if got := joined(page.Rows()); !slices.Equal(got, want) {
			t.Errorf("rows %q", got)
		}
		if links := page.Links("i-2"); !slices.Equal(links, []string{"/tracked-resources/i-2", "/tracked-resources/i-2"}) || len(page.Links("elsewhere")) > 0 {
			t.Errorf("links %q, %q", links, page.Links("elsewhere"))
		}
		if same := browser.Get(t, r.query(first, last)); !slices.Equal(joined(same.Rows()), want) {
			t.Error("without runs in the address it is not the last two")
		}
		back := browser.Get(t, r.query(last, strings.TrimSuffix(usage.FileName(r.files[1].Key), ".csv"))) // by the id of the file
		back.WantText(t, "Removed 1", "Licenses consumed −12 28 → 16")
		if rows := joined(back.Rows()); rows[0] != "elsewhere|Removed|RDS|Consumed licenses|16|-" || rows[1] != "i-2|Changed|EC2 instance|Status|stopped|running" {
			t.Errorf("rows back %q", rows)
		}
		filtered := browser.Fragment(t, r.query(first, last)+"&change=added")
		filtered.WantText(t, "1 match", "Resources that differ (2)")
		if got := joined(filtered.Rows()); !slices.Equal(got, want[:1]) || !strings.HasPrefix(filtered.Body, `<div id="compare"`) {
			t.Errorf("filtered %q", got)
		}
		browser.Get(t, r.query(first, last)+"&change=removed").WantText(t, "No matches", "0 matches")
	})
}

func joined(rows [][]string) []string {
	var lines []string
	for _, row := range rows {
		lines = append(lines, strings.Join(row, "|"))
	}
	return lines
}

func TestHistoryTellsWhatChanged(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		r := publishedTwice(t, console, "daily", []string{"i-1,EC2_INSTANCE" + own + "running,4"},
			[]string{"i-1,EC2_INSTANCE" + own + "stopped,4", "i-2,EC2_INSTANCE" + own + "running,8", "i-3,EC2_INSTANCE" + own + "running,8"})
		browser, path := console.SignIn(t, usage.Viewer), "/usage-reports/"+r.report.ID
		page := browser.Fragment(t, path)
		if rows := page.Rows(); rows[0][5] != "+12 licenses" || rows[1][5] != "+12 licenses" || rows[2][5] != "-" || !strings.Contains(page.Body, "every 2s") {
			t.Errorf("before the files are compared: %q", rows)
		}
		console.Compare(t)
		page = browser.Fragment(t, path)
		if rows := page.Rows(); rows[0][5] != "+2 resources, compare+12 licenses" || rows[1][5] != "+12 licenses" || strings.Contains(page.Body, "every 2s") {
			t.Errorf("after that: %q", rows)
		}
		diff := page.Follow(t, "+2 resources, compare")
		diff.WantText(t, "Added 2", "Removed 0", "Changed 1", "0 resources are the same in both.")
		if diff.Path != r.query(r.files[1].RunID, r.files[0].RunID) || len(diff.Rows()) != 4 {
			t.Errorf("%s has %d rows", diff.Path, len(diff.Rows()))
		}
	})
}

func TestRunsThatCanNotBeCompared(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := publishedTwice(t, console, "daily", []string{"i-1,EC2_INSTANCE" + own + "running,4"}, nil)
	other := publishedTwice(t, console, "other", nil, nil)
	browser := console.SignIn(t, usage.Viewer)
	summary := storedReport(t, console, storedLicense(t, console, "Oracle"), "summary", every(usage.Every24Hours, usage.Summary))
	console.Publish(t)
	once, err := console.Store.LatestRun(t.Context(), summary.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := console.Store.GenerateReport(t.Context(), console.Act(), r.report.ID); err != nil {
		t.Fatal(err)
	}
	open := failRun(t, console, "AccessDenied", "Access denied.")
	first, last := r.files[1].RunID, r.files[0].RunID
	for name, test := range map[string]struct {
		address string
		status  int
		want    string
	}{
		"no such run":      {r.query("0123456789abcdef", last), http.StatusNotFound, "From: This usage report has no such run."},
		"made up":          {r.query(first, "%3Cb%3E%27"), http.StatusNotFound, "To: This usage report has no such run."},
		"of another":       {r.query(other.files[0].RunID, last), http.StatusNotFound, "This usage report has no such run."},
		"the same twice":   {r.query(last, last), http.StatusUnprocessableEntity, "To: Choose another run than the one under From."},
		"nothing before":   {r.path() + "?b=" + first, http.StatusUnprocessableEntity, "From: Choose a run."},
		"not published":    {r.query(first, open.ID), http.StatusUnprocessableEntity, "This run has not published its resource usage report."},
		"a summary":        {"/usage-reports/" + summary.ID + "/compare?a=" + once.ID, http.StatusUnprocessableEntity, "This run has no resource usage report, only a summary."},
		"summaries only":   {"/usage-reports/" + summary.ID + "/compare", http.StatusOK, "Nothing to compare yet"},
		"only one is told": {r.path() + "?a=" + first, http.StatusOK, "No resource differs."},
		"only the last":    {r.path() + "?b=" + last, http.StatusOK, "No resource differs."},
	} {
		page := browser.Get(t, test.address)
		page.WantStatus(t, test.status)
		page.WantText(t, test.want)
		if strings.Contains(page.Body, "<b>'") {
			t.Errorf("%s: a run became markup", name)
		}
		file := browser.Get(t, strings.Replace(test.address, "/compare", "/compare.csv", 1))
		if status := max(test.status, statusOfFile(test.want)); file.Status != status {
			t.Errorf("%s: the file has status %d, want %d", name, file.Status, status)
		}
	}
	browser.Get(t, "/usage-reports/"+r.report.ID).WantText(t, "Compare")
	browser.Get(t, "/usage-reports/"+summary.ID).WantNoText(t, "Compare")
}

// statusOfFile is that of a file that can't be, though the page is there.
func statusOfFile(words string) int {
	if words == "Nothing to compare yet" {
		return http.StatusNotFound
	}
	return http.StatusOK
}

func TestCompareFilesThatAreGoneOrEdited(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := publishedTwice(t, console, "daily", []string{"i-1,EC2_INSTANCE" + own + "running,4"}, nil)
	browser := console.SignIn(t, usage.Viewer)
	last := r.files[0]
	content := browser.Get(t, "/usage-reports/"+r.report.ID+"/latest.csv").Body
	check := func(status int, words ...string) {
		t.Helper()
		for _, address := range []string{r.path(), r.path() + ".csv"} {
			page := browser.Get(t, address)
			page.WantStatus(t, status)
			page.WantText(t, append(words, "Compare two runs")...)
		}
	}
	put(t, console, r.bucket, last.Key, content+"a,b\n")
	check(http.StatusUnprocessableEntity, "The runs can’t be compared.", "Somebody has changed the file "+last.Key+". Line 3: The row is not one of a resource usage report.")
	if err := console.S3.Delete(t.Context(), r.bucket, last.Key); err != nil {
		t.Fatal(err)
	}
	check(http.StatusNotFound, "Not in bucket. The bucket "+r.bucket+" has no file "+last.Key)
	console.StopS3()
	check(http.StatusBadGateway, "The runs can’t be compared.")
	if _, err := console.Store.DeleteReports(t.Context(), console.Act(), []string{r.report.ID}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{r.path(), r.path() + ".csv"} {
		page := browser.Get(t, address)
		page.WantStatus(t, http.StatusGone)
		page.WantText(t, "Usage report deleted")
	}
}
