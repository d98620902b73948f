package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// foundNames are the beginnings of the rows of the page, in their order.
func foundNames(page *webtest.Page) string {
	var out []string
	for _, cells := range page.Rows() {
		out = append(out, strings.Fields(cells[0])[0])
	}
	return strings.Join(out, " ")
}

func search(t *testing.T, browser *webtest.Client, text string) *webtest.Page {
	t.Helper()
	page := browser.Get(t, "/search?q="+url.QueryEscape(text))
	page.WantStatus(t, http.StatusOK)
	return page
}

func TestSearchFindsEveryKind(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		oracle := createLicense(t, console, usage.License{Name: "Oracle-EE", Tags: []usage.Tag{{Key: "team", Value: "databases"}}})
		other := createLicense(t, console, usage.License{Name: "Other", Description: "instead of ORACLE"})
		createLicense(t, console, usage.License{Name: "Equal", Description: "where a=b"})
		daily := storedReport(t, console, oracle, "daily", tagged("cost:center", "42"))
		weekly := storedReport(t, console, other, "weekly", described("Like "+daily.ID))
		track(t, console, instance("i-0abc", webtest.Account, "running", "Oracle-EE"), instance("i-0abcdef", webtest.Account, "running", ""))
		browser := console.SignIn(t, usage.Viewer)
		arn := "arn:aws:ec2:eu-central-1:" + webtest.Account + ":instance/i-0abc"
		for text, want := range map[string]string{
			"oracle":               "Oracle-EE Other daily",
			"DATABASES":            "Oracle-EE",
			"team:data":            "Oracle-EE",
			"cost:center:42":       "daily",
			"team=data":            "Oracle-EE",
			"cost:center=42":       "daily",
			"a=b":                  "Equal",
			oracle.ID:              "Oracle-EE",
			oracle.ARN:             "Oracle-EE",
			oracle.ID[:12]:         "Oracle-EE",
			"  " + daily.ID:        "daily weekly",
			daily.ARN:              "daily",
			"r-" + weekly.ID[2:20]: "weekly",
			"I-0ABC":               "i-0abc i-0abcdef",
			"i-0abcd":              "i-0abcdef",
			arn:                    "i-0abc i-0abcdef",
			arn + "d":              "i-0abcdef",
			"0abc":                 "",
			"lic-":                 "",
			"%":                    "",
		} {
			if got := foundNames(search(t, browser, text)); got != want {
				t.Errorf("%q finds %q, want %q", text, got, want)
			}
		}
		search(t, browser, "team:").WantText(t, "Self-managed licenses (1)", "Tag team: databases")
		search(t, browser, "daily").Follow(t, "daily").WantText(t, "Usage report details")
		search(t, browser, "i-0abcdef").Follow(t, "i-0abcdef").WantText(t, "Resource details")
	})
}

func TestSearchForNothing(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Viewer)
	page := browser.Get(t, "/search")
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "Enter a name, an ID, an ARN, or a tag")
	page.WantNoText(t, "No matches")
	for _, text := range []string{hostileText, strings.Repeat("x", 5000), "i-1"} {
		page = search(t, browser, text)
		page.WantText(t, "No matches")
		if strings.Contains(page.Body, hostileText) {
			t.Error("what was searched for is not escaped")
		}
	}
}

const hostileText = `"><script>alert(1)</script>`

func TestSearchLeadsToAllMatches(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	var rows []string
	for i := range 11 {
		l := createLicense(t, console, usage.License{Name: fmt.Sprintf("i-%02d & co", i)})
		storedReport(t, console, l, fmt.Sprintf("i-%02d", i))
		rows = append(rows, instance(fmt.Sprintf("i-%02d", i), webtest.Account, "running", ""))
	}
	track(t, console, rows...)
	browser := console.SignIn(t, usage.Viewer)
	page := search(t, browser, "I-")
	if got := len(page.Rows()); got != 30 {
		t.Errorf("%d rows, want 10 of each kind", got)
	}
	page.WantText(t, "Self-managed licenses (11)", "Usage reports (11)", "Tracked resources (11)")
	all := page.Links("View all 11 matches")
	for _, link := range append(all, page.Links("More in tracked resources")...) {
		browser.Get(t, link).WantText(t, "11 matches")
	}
	if len(all) != 2 {
		t.Errorf("links %q, want those of licenses and of usage reports", all)
	}
}

func TestSearchForADeletedReport(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle"})
	r := storedReport(t, console, l, "daily")
	if _, err := console.Store.DeleteReports(t.Context(), console.Act(), []string{r.ID}); err != nil {
		t.Fatal(err)
	}
	if err := console.Store.DeleteLicense(t.Context(), console.Act(), l.ID); err != nil {
		t.Fatal(err)
	}
	browser := console.SignIn(t, usage.Viewer)
	search(t, browser, "daily").WantText(t, "No matches")
	for _, text := range []string{r.ID, strings.ToUpper(r.ID), r.ARN} {
		page := search(t, browser, text)
		page.WantText(t, "Usage reports (1)", "Deleted")
		page = page.Follow(t, "daily")
		page.WantStatus(t, http.StatusGone)
	}
}

func TestSearchKeepsToTheAccount(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		track(t, console, instance("i-own", webtest.Account, "running", ""), instance("i-other", "730511824490", "running", ""))
		browser := console.SignIn(t, usage.Viewer)
		for _, text := range []string{"i-o", "arn:aws:ec2"} {
			if got := foundNames(search(t, browser, text)); got != "i-own" {
				t.Errorf("%s finds %q, want the resource of the account alone", text, got)
			}
		}
		if err := console.Store.SetCrossAccount(t.Context(), console.Act(), true); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"i-o", "arn:aws:ec2"} {
			if got := foundNames(search(t, browser, text)); got != "i-other i-own" {
				t.Errorf("%s finds %q with cross-account inventory search", text, got)
			}
		}
	})
}
