package browsertest_test

import (
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

const (
	userName = "admin"
	password = "correct horse battery"

	licenseName = "Oracle Database EE"
	reportName  = "oracle-ee-daily"
	newName     = "Oracle EE täglich"
)

// mainJourney is the way of an administrator through the whole product.
func mainJourney(t *testing.T, s suite) { wholeJourney(t, s, true) }

// withoutScript is the same way in a browser that runs no JavaScript.
func withoutScript(t *testing.T, s suite) { wholeJourney(t, s, false) }

func wholeJourney(t *testing.T, s suite, script bool) {
	dataDir := filepath.Join(t.TempDir(), "data")
	program := s.start(t, browsertest.Options{DataDir: dataDir})
	p := s.browse(t, program.URL)
	if !script {
		p.disableScript()
	}
	p.setUp(program.SetupURL)
	p.createLicense()
	// import
	report := p.createReport(reportName)
	p.awaitFiles(2)
	files := openBucket(t, program, dataDir)
	p.checkFiles(files, report)
	p.rename(files, report)
	p.createReport("second")
	p.awaitFiles(2)
	p.blockedByReports()
	p.deleteReport(report)
	p.comeBack()
}

// setUp creates the first administrator and signs in.
func (p *page) setUp(link string) {
	p.t.Helper()
	p.open(link)
	p.want("Create administrator")
	p.fill("username", userName)
	p.fill("password", password)
	p.follow("Create administrator")
	p.want("No usage reports")
	p.signOut()
	p.signIn()
	p.want("No usage reports")
	p.openGone(strings.TrimPrefix(link, p.base), http.StatusNotFound)
	p.want("This setup link is not valid")
	p.open("/")
}

func (p *page) signOut() {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.ID("account-button")))
	p.follow("Sign out")
	p.want("Sign in")
}

func (p *page) signIn() {
	p.t.Helper()
	p.fill("username", userName)
	p.fill("password", password)
	p.follow("Sign in")
}

func (p *page) createLicense() {
	p.t.Helper()
	p.follow("Create self-managed license")
	p.fill("name", licenseName)
	p.do(chromedp.Click(field("counting_type", "Core")))
	p.fill("license_count", "480")
	p.follow("Create self-managed license")
	p.want("Successfully created self-managed license "+licenseName+".", "480")
}

// createReport creates a usage report with two tags, and returns the address
// of its details page.
func (p *page) createReport(name string) string {
	p.t.Helper()
	p.follow("Usage reports")
	p.follow("Create usage report")
	p.refused("Create usage report", http.StatusUnprocessableEntity, "/usage-reports")
	p.want("The usage report wasn’t created. Fix 1 field.", "Name is required.")
	p.fill("name", name)
	if p.script {
		p.want("/Reports/" + name + "/yyyy/mm/dd/<report-id>.csv")
	}
	p.fill("description", "Database licenses for the audit")
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
	const listed = `(n) => document.querySelectorAll("a.download[aria-label^='Download ']").length === n &&
		/Status\s+Succeeded/.test(document.body.innerText)`
	begin := time.Now()
	p.until(waiting, call(listed, n))
	p.t.Logf("%d files seen after %v", n, time.Since(begin).Round(time.Millisecond))
}

// checkFiles opens the folder of a report by its link, down to the files, and
// compares what the browser downloads with what S3 clients read.
func (p *page) checkFiles(files bucket, report string) {
	p.t.Helper()
	keys := files.keys(p.t)
	if len(keys) != 2 {
		p.t.Fatalf("keys %q, want two", keys)
	}
	p.follow("s3://" + files.name + "/Reports/" + reportName + "/")
	for _, folder := range strings.Split(time.Now().UTC().Format("2006/01/02"), "/") {
		p.follow(folder + "/")
	}
	for _, key := range keys {
		name, content := p.download(path.Base(key))
		if name != path.Base(key) {
			p.t.Errorf("downloaded %s, want %s", name, path.Base(key))
		}
		if want := files.read(p.t, key); content != want {
			p.t.Errorf("%s: the browser has\n%s\nS3 has\n%s", key, content, want)
		}
	}
	p.open(report)
	for _, key := range keys {
		if _, content := p.download("Download " + path.Base(key)); content != files.read(p.t, key) {
			p.t.Errorf("%s: the history gives another file", key)
		}
	}
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
	p.want("Successfully updated usage report "+newName+".", "A new report is generated within an hour.")
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

// comeBack opens a bookmark without being signed in.
func (p *page) comeBack() {
	p.t.Helper()
	p.follow("Usage reports")
	p.follow("second")
	bookmark := p.path() + "?type=summary&status=succeeded&made-up=%C3%A4%26b"
	p.open(bookmark)
	p.signOut()
	p.open(bookmark)
	p.want("Sign in", "Continue to the usage report you opened.")
	p.signIn()
	if p.path() != bookmark {
		p.t.Errorf("after sign-in at %s, want %s", p.path(), bookmark)
	}
	p.want("second", "Report history (2)")
}

// here presses a button that changes the page: the script does it in place,
// without one the page comes again.
func (p *page) here(name string) {
	p.t.Helper()
	if p.script {
		p.press(name)
	} else {
		p.follow(name)
	}
}

// nameEndingIn is the name of the first link that ends so.
func (p *page) nameEndingIn(end string) string {
	p.t.Helper()
	const search = `(end) => [...document.querySelectorAll("a[href]")].map((a) => a.innerText.trim()).find((text) => text.endsWith(end)) ?? ""`
	name := ask(p, chromedp.Evaluate[string](call(search, end)))
	if name == "" {
		p.fail("no link that ends in %s", end)
	}
	return name
}
