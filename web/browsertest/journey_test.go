package browsertest_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

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
	program := s.start(t, browsertest.Options{DataDir: dataDir, Env: []string{accountID}})
	p := s.browse(t, program.URL)
	p.measure = script
	if !script {
		p.disableScript()
	}
	p.setUp(program.SetupURL)
	p.createLicense()
	p.importResources()
	report := p.createReport(reportName)
	p.awaitFiles(2)
	files := openBucket(t, program, dataDir)
	p.checkFiles(files, report)
	p.rename(files, report)
	p.createReport("second")
	p.awaitFiles(2)
	p.runAndPause()
	p.selectAndFilter()
	p.prefer()
	p.testBucket(files)
	p.darken()
	p.blockedByReports()
	p.deleteReport(report)
	p.comeBack()
	p.deleteLicense()
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
	p.want("second", "Report history (6)")
}

// testBucket looks at the settings.
func (p *page) testBucket(files bucket) {
	p.t.Helper()
	p.follow("Settings")
	p.want("Amazon S3 bucket", files.name, "Not tested")
	p.follow("Test connection")
	p.want("The connection to "+files.name+" works.", "Writable")
}

// darken chooses the dark mode and goes back to that of the system.
func (p *page) darken() {
	p.t.Helper()
	const dark = `getComputedStyle(document.body).backgroundColor === "rgb(22, 29, 38)"`
	for _, mode := range []struct {
		name string
		dark bool
	}{{"Dark", true}, {"Match system", false}} {
		p.do(chromedp.Click(chromedp.ID("color-mode-button")))
		p.here(mode.name)
		if !p.holds(waiting, dark+" === "+quote(mode.dark)) {
			p.fail("after %s the background is another", mode.name)
		}
		p.follow("Usage reports")
		if !p.holds(waiting, dark+" === "+quote(mode.dark)) {
			p.fail("after %s the background of the next page is another", mode.name)
		}
	}
}
