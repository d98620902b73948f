package browsertest_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// find is a function of the browser: the first link or button with that name
// that can be pressed. Counts and what is for screen readers only are no part
// of the name.
const find = `(name) => [...document.querySelectorAll("a[href], button")].find((e) => {
	if (!e.checkVisibility({visibilityProperty: true}) || e.closest("[inert]")) return false;
	const copy = e.cloneNode(true);
	copy.querySelectorAll(".sr, .count").forEach((part) => part.remove());
	return (e.getAttribute("aria-label") ?? copy.textContent).replace(/\s+/g, " ").trim() === name;
})`

// named selects the link or button with that name.
func named(name string) chromedp.JSPath { return chromedp.JSPath(call(find, name)) }

// field selects the control of a form by the name under which it is sent, not
// that of the search in the top bar; of tiles the one with the value.
func field(name string, value ...string) chromedp.CSS {
	if len(value) > 0 {
		return chromedp.CSS(fmt.Sprintf(`[name=%q][value=%q]`, name, value[0]))
	}
	return chromedp.CSS(fmt.Sprintf(`[name=%q]:not(meta, .topbar *)`, name))
}

// call is a call of a function of the browser.
func call(function string, arguments ...any) string {
	var texts []string
	for _, a := range arguments {
		texts = append(texts, quote(a))
	}
	return "(" + function + ")(" + strings.Join(texts, ", ") + ")"
}

// quote is a value in the language of the browser.
func quote(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // it is a text or a number of this package
	}
	return string(text)
}

// seen is a function of the browser: whether the page shows a text, whatever
// its spaces.
const seen = `(text) => document.body.innerText.replace(/\s+/g, " ").includes(text)`
