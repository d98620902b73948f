package browsertest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

// TestBrowserNotesEveryComplaint makes sure that the journeys would see what
// they are to see.
func TestBrowserNotesEveryComplaint(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src 'self'")
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<!DOCTYPE html><link rel="icon" href="data:,"><p style="color: red">Text</p><img src="/missing"><img src="/gone"><script src="/script.js"></script>`)
		case "/script.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, `console.info("said", 7); document.body.setAttribute("onclick", "1"); throw new Error("thrown")`)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		default:
			http.NotFound(w, r)
		}
	}))
	defer site.Close()
	b, err := browsertest.OpenBrowser()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	b.AllowStatus(http.StatusGone, site.URL+"/gone")
	if status, err := b.Follow(chromedp.Navigate(site.URL)); err != nil || status != http.StatusOK {
		t.Fatal(status, err)
	}
	got := b.Complaints()
	for _, want := range []string{
		`console.info "said" 7`, "exception Uncaught Error: thrown", "content security policy style-src-attr inline",
		"content security policy script-src-attr inline", "/missing: Failed to load resource", "issue ContentSecurityPolicyIssue",
	} {
		if !slices.ContainsFunc(got, func(text string) bool { return strings.Contains(text, want) }) {
			t.Errorf("no complaint %q in\n%s", want, strings.Join(got, "\n"))
		}
	}
	if slices.ContainsFunc(got, func(text string) bool { return strings.Contains(text, "/gone") }) {
		t.Errorf("what was allowed is a complaint:\n%s", strings.Join(got, "\n"))
	}
	if again := b.Complaints(); len(again) > 0 {
		t.Errorf("complaints come again: %q", again)
	}
}
