package browsertest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

// everyState examines what no link leads to: pages without anything on them,
// forms that are wrong, and what says that something is not.
func everyState(t *testing.T, s suite) {
	program := s.start(t, browsertest.Options{Env: []string{accountID}})
	p := s.browse(t, program.URL)
	p.check()
	p.open(program.SetupURL)
	p.fill("username", userName)
	p.fill("password", "short")
	p.refused("Create administrator", "/setup")
	p.setUp(program.SetupURL)
	for _, list := range []string{"/self-managed-licenses", "/tracked-resources", "/usage-reports/create"} {
		p.open(list)
	}
	p.wrongLicense()
	p.createLicense()
	p.wrongReport()
	p.open("/usage-reports/create")
	report := p.createReport(reportName)
	p.awaitFiles(2)
	p.comparisons(report)
	p.open("/usage-reports?q=none&status=failed")
	p.open("/search?q=none")
	p.want("No matches")
	p.open("/search?q=" + strings.TrimPrefix(report, "/usage-reports/"))
	p.want("Usage reports (1)")
	p.wrongEdit(report)
	p.open(report + "/delete")
	p.follow("Delete")
	p.openGone(report, http.StatusGone)
	p.wrongImport()
	p.signOut()
	p.fill("username", userName)
	p.fill("password", "wrong")
	p.refused("Sign in", "/sign-in")
	p.openGone("/none", http.StatusNotFound)
	p.valid()
}

// comparisons compares runs when there is only one, when nothing differs, and
// when the address is wrong.
func (p *page) comparisons(report string) {
	p.t.Helper()
	p.open(report + "/compare")
	p.want("Nothing to compare yet")
	p.open(report)
	p.follow("Generate report now")
	p.awaitFiles(4)
	p.follow("Compare")
	p.want("No resource differs.")
	run := ask(p, chromedp.Value(field("a")))
	p.openGone(report+"/compare?a=0123456789abcdef", http.StatusNotFound)
	p.want("The runs weren’t compared. Fix 1 field.", "This usage report has no such run. Choose another one.")
	p.openGone(report+"/compare?a="+run+"&b="+run, http.StatusUnprocessableEntity)
	p.want("Choose another run than the one under From.")
}

func (p *page) wrongLicense() {
	p.t.Helper()
	p.open("/self-managed-licenses/create")
	p.fill("license_count", "many")
	p.refused("Create self-managed license", "/self-managed-licenses")
	p.want("Name is required.", "Enter a whole number, 0 or greater.")
	p.open("/self-managed-licenses")
}

func (p *page) wrongReport() {
	p.t.Helper()
	p.open("/usage-reports/create")
	p.fill("name", "<"+strings.Repeat("x", 100)+".")
	p.fill("description", strings.Repeat("y", 401))
	p.do(chromedp.Click(field("type", "summary")), chromedp.Click(field("type", "resource-usage")))
	p.refused("Create usage report", "/usage-reports")
	p.want("Fix 3 fields.", "Choose at least one report type.")
}

func (p *page) wrongEdit(report string) {
	p.t.Helper()
	p.open(report + "/edit")
	p.fill("name", " ")
	p.refused("Save changes", report+"/edit")
	p.want("Name is required.")
}

func (p *page) wrongImport() {
	p.t.Helper()
	p.open("/tracked-resources/import")
	p.refused("Next", "/tracked-resources/import")
	p.want("Choose a CSV file.")
}
