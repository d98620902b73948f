package browsertest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

// page is what a person at the browser sees and does.
type page struct {
	t       *testing.T
	browser *browsertest.Browser
	base    string // scheme and host of the console
	script  bool   // pages run their scripts
	measure bool   // every page is tried in windows of other sizes
	checks  *checks
}

// disableScript turns JavaScript off for all pages from now on.
func (p *page) disableScript() {
	p.t.Helper()
	p.script = false
	p.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
}

// open goes to a path of the console, or a whole address.
func (p *page) open(path string) {
	p.t.Helper()
	p.expect(http.StatusOK, chromedp.Navigate(p.address(path)))
}

// openGone goes to a page that is there to say that something is not.
func (p *page) openGone(path string, status int) {
	p.t.Helper()
	p.browser.AllowStatus(status, p.address(path))
	p.expect(status, chromedp.Navigate(p.address(path)))
}

func (p *page) address(path string) string {
	if strings.HasPrefix(path, "/") {
		return p.base + path
	}
	return path
}

// follow presses a link or button that leads to another page.
func (p *page) follow(name string) {
	p.t.Helper()
	p.expect(http.StatusOK, p.click(name))
}

// click presses a link or button, which must be there.
func (p *page) click(name string) chromedp.Action[chromedp.Void] {
	p.t.Helper()
	if !p.holds(waiting, "Boolean("+call(find, name)+")") {
		p.fail("no link or button %q", name)
	}
	return chromedp.Click(named(name))
}

// refused presses a button upon which the same page comes back with errors.
func (p *page) refused(name, path string) {
	p.t.Helper()
	p.browser.AllowStatus(http.StatusUnprocessableEntity, p.address(path))
	p.expect(http.StatusUnprocessableEntity, p.click(name))
}

// expect does a step that leads to a page with that status.
func (p *page) expect(status int, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	got, err := p.browser.Follow(step)
	if err != nil {
		p.fail("%v", err)
	}
	if got != status {
		p.fail("status %d, want %d", got, status)
	}
	if p.measure {
		p.fits()
	}
	if p.checks != nil {
		p.examine(status)
	}
	p.settle()
}

// press presses a link or button that does something on the same page.
func (p *page) press(name string) {
	p.t.Helper()
	p.do(p.click(name))
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

// do carries out steps that do not leave the page.
func (p *page) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := p.browser.Do(steps...); err != nil {
		p.fail("%v", err)
	}
}

// fill types into a field, in place of what is there.
func (p *page) fill(name, text string) {
	p.t.Helper()
	p.do(
		chromedp.Focus(field(name)),
		chromedp.Evaluate[chromedp.Void]("document.activeElement.select()"),
		chromedp.SendKeys(field(name), text),
	)
	if got := ask(p, chromedp.Value(field(name))); got != text {
		p.fail("%s holds %q, want %q", name, got, text)
	}
}

// choose picks the option with that text, or that begins with it.
func (p *page) choose(name, option string) {
	p.t.Helper()
	const pick = `(name, text) => {
		const select = document.getElementsByName(name)[0];
		const option = [...select.options].find((o) => o.text.trim().startsWith(text));
		if (!option) return false;
		select.value = option.value;
		select.dispatchEvent(new Event("input", {bubbles: true}));
		select.dispatchEvent(new Event("change", {bubbles: true}));
		return true;
	}`
	if !ask(p, chromedp.Evaluate[bool](call(pick, name, option))) {
		p.fail("%s has no option %q", name, option)
	}
}

// want waits until the page shows the texts.
func (p *page) want(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !p.holds(waiting, call(seen, text)) {
			p.fail("no %q", text)
		}
	}
}

// until waits until something is so by itself: the page does it with its
// script; without one, its reader does it with Refresh.
func (p *page) until(limit time.Duration, condition string) {
	p.t.Helper()
	for end := time.Now().Add(limit); !p.holds(limit, condition); p.follow("Refresh usage report") {
		if p.script || time.Now().After(end) {
			p.fail("not so after %v: %s", limit, condition)
		}
	}
}

// holds reports whether something is so, or becomes so by the page's script,
// which may also load another page.
func (p *page) holds(limit time.Duration, condition string) bool {
	p.t.Helper()
	if !p.script {
		return ask(p, chromedp.Evaluate[bool](condition))
	}
	for end := time.Now().Add(limit); ; {
		left := max(time.Until(end), time.Millisecond) // none would be for ever
		err := p.browser.Do(chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingInterval(pollEvery), chromedp.WithPollingTimeout(left)))
		if err == nil || errors.Is(err, chromedp.ErrPollingTimeout) || time.Now().After(end) {
			return err == nil
		}
	}
}

// waiting is how long a person would wait before giving up.
const waiting = 10 * time.Second

// pollEvery is how often a page is asked whether something is so.
const pollEvery = 20 * time.Millisecond

// ask carries out a step that has a result.
func ask[T any](p *page, step chromedp.Action[T]) T {
	p.t.Helper()
	result, err := browsertest.Ask(p.browser, step)
	if err != nil {
		p.fail("%v", err)
	}
	return result
}

// path is the address of the page below the console.
func (p *page) path() string {
	p.t.Helper()
	return strings.TrimPrefix(p.url(), p.base)
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

// url is the address of the page; it fails no test.
func (p *page) url() string {
	address, err := browsertest.Ask(p.browser, chromedp.Location())
	if err != nil {
		return fmt.Sprintf("(unknown: %v)", err)
	}
	return address
}

// download presses a link that gives a file.
func (p *page) download(name string) (filename, content string) {
	p.t.Helper()
	return p.downloadBy(p.click(name))
}

// downloadFile presses the link of a report file, whose name is its title.
func (p *page) downloadFile(name string) (filename, content string) {
	p.t.Helper()
	return p.downloadBy(chromedp.Click(chromedp.CSS(fmt.Sprintf("a.download[title=%q]", name))))
}

func (p *page) downloadBy(step chromedp.Action[chromedp.Void]) (filename, content string) {
	p.t.Helper()
	filename, bytes, err := p.browser.Download(step)
	if err != nil {
		p.fail("%v", err)
	}
	return filename, string(bytes)
}

// settle checks what holds for every page: nobody complains.
func (p *page) settle() {
	p.t.Helper()
	for _, complaint := range p.browser.Complaints() {
		p.t.Errorf("%s: %s", p.url(), complaint)
	}
}

// fail ends the test; the page is kept when the browser closes.
func (p *page) fail(format string, arguments ...any) {
	p.t.Helper()
	p.t.Fatalf("%s: "+format, append([]any{p.url()}, arguments...)...)
}

// keep writes what the page shows into a directory that outlives the test, and
// returns its path.
func (p *page) keep() string {
	png, _ := p.browser.Screenshot()
	text, _ := browsertest.Ask(p.browser, chromedp.Evaluate[string]("document.body.innerText"))
	dir, err := os.MkdirTemp("", "license-manager-browsertest-")
	if err = errors.Join(err, os.WriteFile(filepath.Join(dir, "page.png"), png, 0o600), os.WriteFile(filepath.Join(dir, "page.txt"), []byte(text), 0o600)); err != nil {
		return err.Error()
	}
	return dir
}
