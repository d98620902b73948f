package browsertest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

// adapted looks at the pages of a console with sample data as readers do who
// need them otherwise.
func adapted(t *testing.T, s suite) {
	program := s.start(t, browsertest.Options{Env: []string{adminPassword, accountID}})
	client := signedIn(t, program)
	submit(t, client, "/sample-data", nil)
	p := s.browse(t, program.URL)
	p.open("/sign-in?next=/usage-reports")
	p.signIn()
	for _, list := range []string{"/usage-reports", "/self-managed-licenses", "/tracked-resources"} {
		p.open(list)
		p.adapts()
		p.expect(http.StatusOK, chromedp.Click(chromedp.CSS("td.rowhead a")))
		p.adapts()
		p.printed()
		if list != "/tracked-resources" { // these come from imports
			p.open(p.path() + "/edit")
			p.adapts()
		}
	}
	for _, path := range []string{
		"/", "/search?q=e", "/search", "/usage-reports/create", "/self-managed-licenses/create", "/tracked-resources/import",
		"/settings", "/settings/s3/edit", "/preferences", "/password", "/s3",
	} {
		p.open(path)
		p.adapts()
	}
}

// adapts checks the page for readers who need it otherwise: forced colors,
// text of twice the size, no motion.
func (p *page) adapts() {
	p.t.Helper()
	for _, width := range []int64{390, browsertest.WindowWidth} {
		p.do(chromedp.EmulateViewport(width, browsertest.WindowHeight), emulate("", "forced-colors", "active"))
		p.none(unseen, "can’t be seen in forced colors")
	}
	p.do(emulate("", "prefers-reduced-motion", "reduce"))
	p.none(moving, "moves where motion is not wanted")
	p.do(emulate("", "", ""), chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = "200%"; undefined`))
	for _, width := range []int64{768, browsertest.WindowWidth} {
		p.do(chromedp.EmulateViewport(width, browsertest.WindowHeight))
		p.none(wider, "makes the page wider than the window with text of twice the size")
		p.none(cut, "is cut with text of twice the size")
	}
	p.do(chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = ""; undefined`))
}

// printed checks what comes out of a printer: the content, whole, and nothing
// to press.
func (p *page) printed() {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(720, browsertest.WindowHeight), emulate("print", "", ""))
	const left = `[...document.querySelectorAll(".topbar, .toolbar, .sidenav, .actions, .tools, .pager")]
		.filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 80))`
	p.none(left, "is printed")
	p.none(wider, "is wider than the paper")
	p.none(scrolled, "is cut by the paper")
	if !ask(p, chromedp.Evaluate[bool](`document.querySelector("h1").checkVisibility() && document.querySelectorAll("main dd").length > 0`)) {
		p.t.Errorf("%s is printed without its content", p.url())
	}
	p.do(emulate("", "", ""), chromedp.EmulateViewport(browsertest.WindowWidth, browsertest.WindowHeight))
}

// none reports what an expression of the browser finds on the page.
func (p *page) none(find, what string) {
	p.t.Helper()
	for _, found := range ask(p, chromedp.Evaluate[[]string](find)) {
		p.t.Errorf("%s: %s %s; kept in %s", p.url(), found, what, p.keep())
	}
}

// emulate makes pages see a medium and a feature of it; none for the usual.
func emulate(media, feature, value string) chromedp.Action[chromedp.Void] {
	params := emulation.SetEmulatedMediaParams{Media: media, Features: []*emulation.MediaFeature{}}
	if feature != "" {
		params.Features = append(params.Features, &emulation.MediaFeature{Name: feature, Value: value})
	}
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, params)
		return chromedp.Void{}, err
	}
}

// Expressions of the browser: descriptions of the elements that are not as
// they should be.
const (
	// unseen: controls without a border, a text or a drawing in a color of the
	// system.
	unseen = `[...document.querySelectorAll(".btn:not(.inline):not(.link), .input, .box, .tile")].filter((e) => e.checkVisibility() && !e.closest("[inert]"))
		.filter((e) => !matchMedia("(forced-colors: active)").matches || parseFloat(getComputedStyle(e).borderTopWidth) < 1 || getComputedStyle(e).borderTopColor === getComputedStyle(document.body).backgroundColor)
		.map((e) => e.outerHTML.slice(0, 120))`
	// moving: elements with a transition or an animation.
	moving = `[...document.querySelectorAll("body *")].filter((e) => { const s = getComputedStyle(e);
		return s.animationName !== "none" || s.transitionDuration.split(", ").some((d) => parseFloat(d) > 0); }).map((e) => e.outerHTML.slice(0, 120))`
	// wider: the page, if it can be scrolled sideways, with what sticks out.
	wider = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
		.filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")).slice(0, 3).map((e) => e.outerHTML.slice(0, 120))`
	// scrolled: parts that would have to be scrolled to be read.
	scrolled = `[...document.querySelectorAll("main *")].filter((e) => e.checkVisibility() && getComputedStyle(e).overflowX !== "visible" && !e.closest(".sr, svg") &&
		getComputedStyle(e).textOverflow !== "ellipsis" && e.scrollWidth > e.clientWidth + 1).map((e) => e.outerHTML.slice(0, 120))`
	// cut: boxes of a height of their own that the text in them leaves.
	cut = `[...document.querySelectorAll(".btn, .input, .topsearch input, .topbtn, .topbar, .badge, .menuitem, .sidenav a, .crumbs, th, td, .tile, .status, .flash")]
		.filter((e) => e.checkVisibility() && !e.closest("[inert]")).filter((e) => { const box = e.getBoundingClientRect();
			if (e.matches("input")) return parseFloat(getComputedStyle(e).fontSize) * 1.2 > e.clientHeight;
			const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT); for (let n; (n = walk.nextNode()); ) {
				if (!n.data.trim() || n.parentElement.closest(".sr, option, textarea, [popover]:not(:popover-open)") || !n.parentElement.checkVisibility()) continue;
				const range = document.createRange(); range.selectNodeContents(n);
				for (const r of range.getClientRects()) if (r.top < box.top - 1 || r.bottom > box.bottom + 1) return true; }
			return false; }).slice(0, 5).map((e) => e.outerHTML.slice(0, 160))`
)
