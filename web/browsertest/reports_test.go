package browsertest_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// createReport creates a usage report with two tags, and returns the address
// of its details page.
func (p *page) createReport(name string) string {
	p.t.Helper()
	p.follow("Usage reports")
	p.follow("Create usage report")
	p.refused("Create usage report", "/usage-reports")
	p.want("The usage report wasn’t created. Fix 1 field.", "Name is required.")
	p.fill("name", name)
	if p.script {
		p.want("/Reports/" + name + "/yyyy/mm/dd/<report-id>.csv")
	}
	p.fill("description", "Database licenses for the audit")
	if p.script && !p.holds(waiting, `!document.body.innerText.includes("Name is required.") && !document.querySelector("#name[aria-invalid]")`) {
		p.fail("the name is still wrong after it was filled in")
	}
	p.choose("license", licenseName)
	p.do(chromedp.Click(field("frequency", "7d")))
	p.here("Add new tag")
	p.fill("tag_key", "team")
	p.fill("tag_value", "databases")
	p.follow("Create usage report")
	p.want("Successfully created usage report "+name+".", "Once every 7 days", "team", "databases")
	return p.path()
}

// awaitFiles waits until the details page lists so many files and nothing is
// going on any more.
func (p *page) awaitFiles(n int) {
	p.t.Helper()
	const listed = `(n) => document.querySelectorAll("a.download[download]").length === n &&
		/Status\s+Succeeded/.test(document.body.innerText)`
	begin := time.Now()
	p.until(waiting, call(listed, n))
	p.t.Logf("%d files seen after %v", n, time.Since(begin).Round(time.Millisecond))
}

// rename gives the report another name: earlier files stay, later ones go to
// the new folder.
func (p *page) rename(files bucket, report string) {
	p.t.Helper()
	earlier := files.keys(p.t)
	p.follow("Edit")
	p.fill("name", newName)
	if p.script {
		p.want("Future reports go to the new folder Reports/" + newName + "/. Earlier reports stay in Reports/" + reportName + "/.")
	}
	p.follow("Save changes")
	p.want("Successfully updated usage report "+newName+".", "A new report is generated within seconds.")
	if p.path() != report {
		p.t.Errorf("after the rename the report is at %s, want %s", p.path(), report)
	}
	p.awaitFiles(4)
	keys := files.keys(p.t)
	moved := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !strings.HasPrefix(key, "Reports/"+newName+"/") })
	if len(keys) != 4 || len(moved) != 2 || !slices.Contains(keys, earlier[0]) || !slices.Contains(keys, earlier[1]) {
		p.t.Errorf("files after the rename: %q, before: %q", keys, earlier)
	}
}

// blockedByReports tries to delete the license that two reports are about.
func (p *page) blockedByReports() {
	p.t.Helper()
	p.follow(licenseName)
	p.follow("Delete")
	p.want("Self-managed license "+licenseName+" can’t be deleted.", "It has 2 usage reports associated")
	p.follow("View usage reports")
	p.want("Usage reports (2)", "License: "+licenseName)
}

// deleteReport deletes the report; its bookmark says what became of it.
func (p *page) deleteReport(report string) {
	p.t.Helper()
	p.open(report)
	p.here("Delete")
	p.want("Permanently delete usage report " + newName + "?")
	p.follow("Delete")
	p.want("Successfully deleted usage report "+newName+".", "Your S3 bucket and previous reports are not affected.")
	p.openGone(report, http.StatusGone)
	p.want("Usage report deleted", newName+" was deleted by "+userName, "Its 4 reports remain in S3.")
	for _, link := range []string{newName, reportName} {
		p.openGone(report, http.StatusGone)
		p.follow(p.nameEndingIn("/Reports/" + link + "/"))
		p.want(time.Now().UTC().Format("2006/"))
	}
}

// runAndPause generates a report by hand and stops the schedule for a while.
func (p *page) runAndPause() {
	p.t.Helper()
	p.follow("Generate report now")
	p.want("Generating a report for second.")
	p.awaitFiles(4)
	p.follow("Pause")
	p.want("Paused usage report second.", "No reports are generated until you resume it.")
	p.follow("Resume")
	p.want("Resumed usage report second.")
	p.awaitFiles(6)
}

// selectAndFilter finds a report in the table and opens it by the buttons over
// it.
func (p *page) selectAndFilter() {
	p.t.Helper()
	p.follow("Usage reports")
	p.want("Usage reports (2)")
	p.here("View details")
	p.want("Select one usage report to view its details.")
	p.fill("q", "SECO")
	if !p.script {
		p.follow("Filter")
	}
	p.want("1 match")
	if !p.holds(waiting, `new URLSearchParams(location.search).get("q") === "SECO"`) {
		p.t.Errorf("the filter is not in the address: %s", p.path())
	}
	p.do(chromedp.Click(chromedp.CSS(`[aria-label="Select second"]`)))
	if p.script {
		p.want("Usage reports (1/2)")
		p.here("Delete")
		p.wantFocus("Cancel")
		p.keys(kb.Escape)
		p.wantFocus("Delete")
		p.want("Usage reports (1/2)")
	}
	p.follow("View details")
	p.want("Usage report details", "second")
}

// prefer chooses in the preferences of the table what it shows.
func (p *page) prefer() {
	p.t.Helper()
	p.follow("Usage reports")
	p.want("Next report")
	preferences := chromedp.Click(chromedp.CSS(`a[title="Table preferences"]`))
	if p.script {
		p.do(preferences)
	} else {
		p.expect(http.StatusOK, preferences)
	}
	p.want("Choose how this table looks for you, on every device.")
	p.do(chromedp.Click(field("column", "description")), chromedp.Click(field("column", "next-report")))
	p.choose("page_size", "10")
	p.follow("Confirm")
	p.want("Usage reports (2)", "Database licenses for the audit")
	if ask(p, chromedp.Evaluate[bool](call(seen, "Next report"))) {
		p.t.Error("the table shows a column that was left out")
	}
	p.follow("second")
}
