package browsertest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

// everyPage follows every link of a console whose names are as long as they
// may be: each leads to a page, and no page is wider than its window.
func everyPage(t *testing.T, s suite) {
	program := s.start(t, browsertest.Options{Env: []string{adminPassword, accountID}})
	client := signedIn(t, program)
	review := longNames(t, client)
	p := s.browse(t, program.URL)
	p.check()
	p.open("/sign-in")
	p.signIn()

	seen := map[string]bool{}
	for queue := []string{"/usage-reports", review, "/search?q=W"}; len(queue) > 0; queue = queue[1:] {
		if seen[shape(queue[0])] {
			continue
		}
		seen[shape(queue[0])] = true
		p.open(queue[0])
		queue = append(queue, p.links()...)
	}
	if len(seen) < 30 {
		t.Errorf("only %d kinds of pages were found: %v", len(seen), seen)
	}
	for _, list := range []string{"/self-managed-licenses", "/tracked-resources", "/usage-reports"} {
		p.everyColumn(list)
	}
	p.pauseAll()
	p.openGone("/usage-reports/none", http.StatusNotFound)
	p.valid()
}

// everyColumn shows a list with all its columns in compact rows of one line.
func (p *page) everyColumn(list string) {
	p.t.Helper()
	p.open(list + "/preferences")
	p.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("[name=column]:not(:checked), [name=compact], [name=wrap]").forEach((e) => e.click())`))
	p.follow("Confirm")
	if p.path() != list {
		p.t.Errorf("preferences of %s lead to %s", list, p.path())
	}
}

// pauseAll pauses all usage reports at once, and asks whether to delete them.
func (p *page) pauseAll() {
	p.t.Helper()
	p.here("Pause")
	p.want("Select at least one usage report to pause.")
	p.do(chromedp.Click(chromedp.CSS(`[aria-label="Select all usage reports"]`)))
	p.follow("Pause")
	p.want("Paused 3 usage reports.", "No reports are generated until you resume them.")
	p.do(chromedp.Click(chromedp.CSS(`[aria-label="Select all usage reports"]`)))
	p.here("Delete")
	p.want("Permanently delete 3 usage reports?")
}

// longNames creates a license and a report with names, texts and tags that are
// as long as they may be and have no place to break. It returns the review of
// an import that is wrong.
func longNames(t *testing.T, client *browsertest.Client) (review string) {
	t.Helper()
	long := func(n int) string { return strings.Repeat("W", n) }
	tags := url.Values{"tag_key": {long(128), "k"}, "tag_value": {long(256), ""}}
	license := submit(t, client, "/self-managed-licenses", merged(tags, url.Values{
		"name": {long(100)}, "description": {long(400)}, "counting_type": {"Core"}, "license_count": {"1000000000"}, "hard_limit": {"true"},
		"allowedTenancy": {"EC2-DedicatedHost"}, "minimumCores": {"1"}, "maximumCores": {"1000"}, "expires": {"2031-01-31"},
	}))
	row := fmt.Sprintf("EC2_INSTANCE,012345678901,%s,%s,%s,%s,4\n", long(60), long(60), long(100), long(60))
	submit(t, client, upload(t, client, license, long(200)+","+row), nil)
	review = upload(t, client, license, long(200)+",EC2_INSTANCE,"+long(200)+row)
	report := merged(tags, url.Values{
		"description": {long(400)}, "license": {license[strings.LastIndexByte(license, '/')+1:]}, "frequency": {"30d"}, "type": {"summary", "resource-usage"},
	})
	for _, name := range []string{long(100), long(99)} {
		report.Set("name", name)
		path := submit(t, client, "/usage-reports", report)
		awaitReport(t, client, path)
	}
	runAgain(t, client, license)
	return review
}

// runAgain publishes a report once more, after a resource has changed and
// another was added: there are two runs to compare.
func runAgain(t *testing.T, client *browsertest.Client, license string) {
	t.Helper()
	long := func(n int) string { return strings.Repeat("V", n) }
	rows := strings.Repeat("W", 200) + ",EC2_INSTANCE,012345678901," + long(60) + "," + long(60) + "," + long(100) + "," + long(60) + ",8\n" + long(200) + ",EC2_INSTANCE,012345678901,,,,,1\n"
	submit(t, client, upload(t, client, license, rows), nil)
	report := submit(t, client, "/usage-reports", url.Values{
		"name": {"again"}, "license": {license[strings.LastIndexByte(license, '/')+1:]}, "frequency": {"24h"}, "type": {"summary", "resource-usage"},
	})
	awaitReport(t, client, report)
	submit(t, client, upload(t, client, license, strings.Repeat("W", 200)+",EC2_INSTANCE,012345678901,"+long(60)+","+long(60)+","+long(100)+","+long(60)+",16\nnew,EC2_INSTANCE,012345678901,,,,,1\n"), nil)
	submit(t, client, report+"/run", nil)
	awaitReport(t, client, report)
}

// upload uploads a file of one resource, and returns its review.
func upload(t *testing.T, client *browsertest.Client, license, row string) (review string) {
	t.Helper()
	fields := url.Values{"license": {license[strings.LastIndexByte(license, '/')+1:]}}
	file := "resource_id,resource_type,resource_owner_id,resource_status,region,platform,instance_type,cores\n" + row
	answer, err := client.Upload(t.Context(), "/tracked-resources/import", fields, "file", file)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Path
}

func merged(all ...url.Values) url.Values {
	sum := url.Values{}
	for _, values := range all {
		for key, value := range values {
			sum[key] = append(sum[key], value...)
		}
	}
	return sum
}

// shape is what kind of a page an address leads to: ids and the values of a
// query are left out.
func shape(address string) string {
	path, rawQuery, _ := strings.Cut(address, "?")
	query, _ := url.ParseQuery(rawQuery) // links of the console itself
	names := slices.Sorted(func(yield func(string) bool) {
		for name := range query {
			if !yield(name) {
				return
			}
		}
	})
	return regexp.MustCompile(`[0-9a-f]{8,}`).ReplaceAllString(path, "…") + "?" + strings.Join(names, "&")
}

// links are the addresses on the console to which the page leads.
func (p *page) links() []string {
	p.t.Helper()
	const all = `(base) => [...document.querySelectorAll("a[href]:not([download])")]
		.filter((a) => a.href.startsWith(base + "/") && !a.closest("[inert]")).map((a) => a.pathname + a.search)`
	return ask(p, chromedp.Evaluate[[]string](call(all, p.base)))
}

// fits checks that the page is not wider than the window: from phones to wide
// desktops, in both color modes.
func (p *page) fits() {
	p.t.Helper()
	for _, mode := range []browsertest.ColorMode{browsertest.Light, browsertest.Dark} {
		for _, width := range []int64{320, 390, 768, 1024, 1440, 1920} {
			p.do(browsertest.Prefer(mode), chromedp.EmulateViewport(width, browsertest.WindowHeight))
			if got := ask(p, chromedp.Evaluate[int64]("document.documentElement.scrollWidth")); got > width {
				p.t.Errorf("%s is %d wide at %d, %s; kept in %s", p.url(), got, width, mode, p.keep())
			}
		}
	}
	p.do(browsertest.Prefer(browsertest.Light), chromedp.EmulateViewport(browsertest.WindowWidth, browsertest.WindowHeight))
}
