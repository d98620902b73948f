package browsertest_test

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"license-manager/web/browsertest"
)

// keyboardOnly creates a license and a report, and deletes the report, without
// a mouse.
func keyboardOnly(t *testing.T, s suite) {
	program := s.start(t, browsertest.Options{Env: []string{adminPassword}})
	p := s.browse(t, program.URL)
	p.open("/self-managed-licenses/create")
	p.wantFocus("User name")
	p.keys(userName)
	p.tabTo("Password")
	p.keys(password)
	p.enter()
	p.wantFocus("Name")
	p.keys(licenseName)
	p.tabTo("vCPUs") // radio buttons are one stop, arrows choose
	p.keys(kb.ArrowDown)
	p.tabTo("Number of cores - optional")
	p.keys("480")
	p.enter()
	p.want("Successfully created self-managed license "+licenseName+".", "480 cores")

	p.keys(kb.Tab)
	p.wantFocus("Skip to main content")
	p.keys(kb.Enter)
	if !p.holds(waiting, `location.hash === "#main"`) {
		p.fail("the skip link does not lead to the content")
	}
	p.tabTo("Create usage report")
	p.enter()
	p.createReportByKeys()
	p.awaitFiles(1)
	p.deleteByKeys()
}

// createReportByKeys fills in the form.
func (p *page) createReportByKeys() {
	p.t.Helper()
	p.wantFocus("Name")
	p.keys(reportName)
	p.tabTo("Description - optional")
	p.tabTo("Self-managed license")
	p.keys("Ora")
	p.tabTo("Self-managed license summary report")
	p.tabTo("Resource usage report")
	p.keys(" ")
	p.tabTo("Once every 24 hours")
	p.keys(kb.ArrowDown)
	p.tabTo("Add new tag")
	p.keys(" ")
	p.wantFocus("Key")
	p.keys("team")
	p.tabTo("Create usage report")
	p.enter()
	p.want("Successfully created usage report "+reportName+".", "Once every 7 days", "team")
}

// deleteByKeys deletes the report whose page this is. The dialog keeps the
// focus, and gives it back.
func (p *page) deleteByKeys() {
	p.t.Helper()
	p.tabTo("Delete")
	p.keys(kb.Enter)
	p.wantFocus("Cancel")
	stops := map[string]bool{}
	for range 6 {
		p.keys(kb.Tab)
		stops[p.focused()] = true
	}
	for stop := range stops {
		if stop == "Edit" || stop == "Skip to main content" {
			p.t.Errorf("the focus left the dialog for %q", stop)
		}
	}
	p.keys(kb.Escape)
	p.wantFocus("Delete")
	p.keys(kb.Enter)
	p.wantFocus("Cancel")
	p.tabTo("Delete")
	p.enter()
	p.want("Successfully deleted usage report " + reportName + ".")
}

// keys presses keys where the focus is.
func (p *page) keys(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// enter presses Enter, upon which another page is loaded.
func (p *page) enter() {
	p.t.Helper()
	p.expect(http.StatusOK, chromedp.KeyEvent(kb.Enter))
}

// focusedName is an expression of the browser: the name of what has the focus.
const focusedName = `((e) => (e.getAttribute("aria-label") ?? (e.labels?.[0]?.querySelector(".t") ?? e.labels?.[0] ?? e).innerText)
	.replace(/\s+/g, " ").trim().slice(0, 80))(document.activeElement)`

// focused is the name of what has the focus.
func (p *page) focused() string {
	p.t.Helper()
	return ask(p, chromedp.Evaluate[string](focusedName))
}

// wantFocus waits until something has the focus.
func (p *page) wantFocus(name string) {
	p.t.Helper()
	if !p.holds(waiting, focusedName+" === "+quote(name)) {
		p.fail("the focus is on %q, want %q", p.focused(), name)
	}
}

// tabTo goes on by the tabulator until something has the focus, and sees where
// the focus is.
func (p *page) tabTo(name string) {
	p.t.Helper()
	var stops []string
	for range 60 {
		p.keys(kb.Tab)
		if !ask(p, chromedp.Evaluate[bool](`document.activeElement.matches(":focus-visible, body")`)) {
			p.t.Errorf("%s: the focus is on %q and can’t be seen", p.url(), p.focused())
		}
		stops = append(stops, p.focused())
		if p.focused() == name {
			return
		}
	}
	p.fail("the tabulator does not lead to %q; it stops at %q", name, stops)
}
