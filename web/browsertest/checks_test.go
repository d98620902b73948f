package browsertest_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

// checkers is where .ci/install puts the checkers of pages.
const checkers = "../../.cache/checks/node_modules"

// checks examine every page that a browser comes to: is it accessible, by the
// rules of axe-core, and is its HTML valid, by those of html-validate?
type checks struct {
	axe   string // its source
	dir   string // holds the HTML of all pages
	pages []string
}

// check examines every page from now on. The HTML of all pages is validated by
// valid.
func (p *page) check() {
	p.t.Helper()
	axe, err := os.ReadFile(filepath.Join(checkers, "axe-core/axe.min.js"))
	if err != nil {
		p.t.Fatalf("what checks pages is not installed, run .ci/install: %v", err)
	}
	p.measure, p.checks = true, &checks{axe: string(axe), dir: p.t.TempDir()}
}

// examine checks the page on a phone and on a desktop, in both color modes.
func (p *page) examine(status int) {
	p.t.Helper()
	p.keepHTML(status)
	p.do(chromedp.Evaluate[chromedp.Void](p.checks.axe))
	for _, mode := range []browsertest.ColorMode{browsertest.Light, browsertest.Dark} {
		for _, width := range []int64{390, browsertest.WindowWidth} {
			p.do(browsertest.Prefer(mode), chromedp.EmulateViewport(width, browsertest.WindowHeight))
			for _, violation := range ask(p, chromedp.Evaluate[[]string](violations, chromedp.EvalAwaitPromise)) {
				p.t.Errorf("%s at %d, %s: %s", p.url(), width, mode, violation)
			}
		}
	}
	p.do(browsertest.Prefer(browsertest.Light), chromedp.EmulateViewport(browsertest.WindowWidth, browsertest.WindowHeight))
}

// violations asks axe-core for what is wrong with the page as it is now.
// Transitions of colors would be measured half way.
const violations = `(async () => {
	await Promise.all(document.getAnimations().map((a) => a.finish()));
	const found = await axe.run(document, {
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		resultTypes: ["violations"],
	});
	return found.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + v.help + ": " + n.html + " " + n.failureSummary));
})()`

// keepHTML keeps the page as the server sends it; what came back from a form,
// which it would not send again, as the browser understood it.
func (p *page) keepHTML(status int) {
	p.t.Helper()
	const sent, understood = `fetch(location.href).then((answer) => answer.text())`, `"<!doctype html>" + document.documentElement.outerHTML`
	source := sent
	if status == http.StatusUnprocessableEntity || status == http.StatusConflict {
		source = understood
	}
	if status != http.StatusOK {
		p.browser.AllowStatus(status, p.url())
	}
	html := ask(p, chromedp.Evaluate[string](source, chromedp.EvalAwaitPromise))
	name := fmt.Sprintf("%03d.html", len(p.checks.pages))
	p.checks.pages = append(p.checks.pages, p.url())
	if err := os.WriteFile(filepath.Join(p.checks.dir, name), []byte(html), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// valid validates the HTML of all pages so far.
func (p *page) valid() {
	p.t.Helper()
	validator, err := filepath.Abs(filepath.Join(checkers, ".bin/html-validate"))
	if err != nil {
		p.t.Fatal(err)
	}
	config, err := filepath.Abs("checks/htmlvalidate.json")
	if err != nil {
		p.t.Fatal(err)
	}
	validate := exec.CommandContext(p.t.Context(), validator, "--config", config, "--formatter", "text", ".")
	validate.Dir = p.checks.dir
	report, err := validate.CombinedOutput()
	if err == nil {
		return
	}
	text := string(report)
	for i, address := range p.checks.pages {
		text = strings.ReplaceAll(text, fmt.Sprintf("%03d.html", i), fmt.Sprintf("%03d.html (%s)", i, address))
	}
	p.t.Errorf("HTML is not valid: %v\n%s", err, text)
}
