package handlers_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// exported reads a list as CSV, without its header: the column with a name.
func exported(t *testing.T, browser *webtest.Client, path, column string) []string {
	t.Helper()
	page := browser.Get(t, path)
	page.WantStatus(t, http.StatusOK)
	records, err := csv.NewReader(strings.NewReader(page.Body)).ReadAll()
	if err != nil || len(records) == 0 {
		t.Fatalf("%s: %v\n%s", path, err, page.Body)
	}
	var values []string
	for i, name := range records[0] {
		if name != column {
			continue
		}
		for _, record := range records[1:] {
			values = append(values, record[i])
		}
	}
	return values
}

func TestListsAreDownloadedWhole(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "=Oracle, \"EE\"")
		for i := range 3 {
			storedReport(t, console, license, fmt.Sprintf("daily-%d", i), described("-1+1\nsecond line"), tagged("team", "a"))
		}
		const many = 1_201 // more than two batches
		var rows []string
		for i := range many {
			rows = append(rows, instance(fmt.Sprintf("i-%04d", i), webtest.Account, []string{"running", "stopped"}[i%2], ""))
		}
		track(t, console, slices.Concat(rows, []string{instance("i-other", "730511824490", "running", "")})...)
		browser := console.SignIn(t, usage.Viewer)

		page := browser.Get(t, "/usage-reports?sort=-name&q=daily&size=10")
		link := page.Links("Download this table as CSV")
		if len(link) != 1 || link[0] != "/usage-reports.csv?q=daily&sort=-name" {
			t.Fatalf("the list is downloaded from %q", link)
		}
		file := browser.Get(t, link[0])
		if got := file.Header.Get("Content-Disposition"); got != "attachment; filename=usage-reports.csv" {
			t.Errorf("saved as %s", got)
		}
		if got := file.Header.Get("Content-Type"); got != "text/csv; charset=utf-8" {
			t.Errorf("sent as %s", got)
		}
		for path, want := range map[string]string{
			link[0]:                                   "daily-2 daily-1 daily-0",
			"/usage-reports.csv?q=nothing":            "",
			"/usage-reports.csv?sort=-next-report":    "daily-2 daily-1 daily-0",
			"/usage-reports.csv?status=paused&page=9": "",
		} {
			if got := strings.Join(exported(t, browser, path, "usage_report_name"), " "); got != want {
				t.Errorf("%s: %q, want %q", path, got, want)
			}
		}
		if got := exported(t, browser, link[0], "description"); got[0] != "'-1+1 second line" {
			t.Errorf("a formula is written as %q", got[0])
		}
		if got := exported(t, browser, "/self-managed-licenses.csv", "license_name"); len(got) != 1 || got[0] != `'=Oracle, "EE"` {
			t.Errorf("licenses: %q", got)
		}
		for query, want := range map[string]int{"": many, "?sort=-status&page=3": many, "?status=stopped&sort=type": many / 2, "?q=i-other": 0} {
			ids := exported(t, browser, "/tracked-resources.csv"+query, "resource_id")
			seen := map[string]bool{}
			for _, id := range ids {
				seen[id] = true
			}
			if len(ids) != want || len(seen) != want {
				t.Errorf("resources%s: %d rows of %d resources, want %d", query, len(ids), len(seen), want)
			}
		}
		if head := browser.Do(t, browser.NewRequest(t, http.MethodHead, "/tracked-resources.csv", nil)); head.Status != http.StatusOK || head.Body != "" {
			t.Errorf("HEAD: %d %q", head.Status, head.Body)
		}
	})
}
