package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/views"
	"license-manager/web/webtest"
)

// track imports resources with all columns.
func track(t *testing.T, console *webtest.Console, rows ...string) {
	t.Helper()
	file := strings.Join(usage.ImportColumns(), ",") + "\n" + strings.Join(rows, "\n")
	console.Import(t, "", file)
}

// instance is a row of track.
func instance(id, account, status, license string) string {
	return id + ",EC2_INSTANCE,arn:aws:ec2:eu-central-1:" + account + ":instance/" + id + "," + status + "," + account +
		",eu-central-1,Linux/UNIX,m5.large,default,2,1,1,2," + license + ","
}

func TestResourcesListFiltersSortsAndPages(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountVCPU})
		var rows []string
		for i := range 30 {
			rows = append(rows, instance(fmt.Sprintf("i-%02d", i), webtest.Account, []string{"running", "stopped"}[i%2], []string{"Oracle", ""}[i%2]))
		}
		track(t, console, append(rows, "db-1,RDS,,available,"+webtest.Account+",,,,,,,,,,")...)
		browser := console.SignIn(t, usage.Viewer)
		first := func(query string, n int, id string, want ...string) {
			t.Helper()
			page := browser.Get(t, resources+query)
			page.WantStatus(t, http.StatusOK)
			page.WantText(t, want...)
			if got := page.Rows(); len(got) != n || n > 0 && got[0][0] != id {
				t.Errorf("%s: %d rows, first %q; want %d and %s", query, len(got), got, n, id)
			}
		}
		first("", 25, "db-1", "Tracked resources (31)", "Page 2")
		first("?page=2", 6, "i-24")
		first("?page=999", 6, "i-24")
		first("?sort=-id", 25, "i-29")
		first("?status=stopped", 15, "i-01", "15 matches", "Tracked resources (31)")
		first("?type=RDS", 1, "db-1", "1 match")
		first("?license="+l.ID, 15, "i-00", "15 matches", "Oracle")
		first("?license=none&status=running", 0, "", "No matches", "We can’t find a match.")
		first("?q=I-07", 1, "i-07", "1 match")
		first("?q=%25&license="+usage.NewLicenseID()+"&type=x&sort=x&page=-1&size=7&status="+strings.Repeat("x", 9999), 0, "", "No matches")
		fragment := browser.Fragment(t, resources+"?status=stopped")
		if fragment.Has("License Manager") || len(fragment.Rows()) != 15 {
			t.Errorf("fragment has %d rows:\n%s", len(fragment.Rows()), fragment.Text())
		}
	})
}

func TestResourcesOfOtherAccounts(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	track(t, console, instance("i-own", webtest.Account, "running", ""), instance("i-other", "730511824490", "running", ""))
	admin, viewer := console.SignIn(t, usage.Administrator), console.SignIn(t, usage.Viewer)
	page := admin.Get(t, resources)
	page.WantText(t, "Tracked resources (1)", "i-own", "1 resource belongs to another account. Turn on cross-account inventory search to list it.")
	page.WantNoText(t, "i-other")
	if got := page.Links("Turn on cross-account inventory search"); !slices.Equal(got, []string{"/settings"}) {
		t.Errorf("the search over accounts is turned on at %q", got)
	}
	if got := viewer.Get(t, resources).Links("Settings"); len(got) != 0 {
		t.Errorf("a viewer is led to the settings: %q", got)
	}
	viewer.Get(t, resources+"?q=i-other").WantText(t, "No matches")
	hidden := viewer.Get(t, resources+"/i-other")
	hidden.WantStatus(t, http.StatusNotFound)
	hidden.WantText(t, "Resource of another account", "An administrator can turn it on")
	hidden.WantNoText(t, "i-other")
	if err := console.Store.SetCrossAccount(t.Context(), console.Act(), true); err != nil {
		t.Fatal(err)
	}
	page = viewer.Get(t, resources)
	page.WantText(t, "Tracked resources (2)", "i-other", "7305-1182-4490")
	viewer.Get(t, resources+"/i-other").WantText(t, "7305-1182-4490")
	for _, account := range []string{"7305-1182-4490", "730511824490"} {
		found := viewer.Get(t, resources+"?q="+account)
		found.WantText(t, "i-other", "1 match")
		found.WantNoText(t, "i-own")
	}
	page.WantNoText(t, "cross-account")
}

func TestResourceDetails(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountVCPU})
	createLicense(t, console, usage.License{Name: "Windows", CountingType: usage.CountInstance})
	track(t, console, instance("i-1", webtest.Account, "running", "Oracle"), strings.TrimSuffix(instance("i-1", webtest.Account, "running", "Windows"), ",")+",7")
	page := console.SignIn(t, usage.Viewer).Get(t, resources+"/i-1")
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "i-1", "EC2 instance", "running", "0482-1093-7661", "eu-central-1", "Linux/UNIX", "m5.large", "Threads per core 2",
		"arn:aws:ec2:eu-central-1:048210937661:instance/i-1", "Self-managed licenses (2)")
	want := [][]string{{"Oracle", "vCPUs", "2", "vCPUs of the resource", "Now"}, {"Windows", "Instances", "7", "Number in the import", "Now"}}
	if got := page.Rows(); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("licenses %q, want %q", got, want)
	}
	if got := page.Links("Oracle"); !slices.Equal(got, []string{licenses + "/" + l.ID}) {
		t.Errorf("the license leads to %q", got)
	}
	if title := page.Title(); title != "i-1 | License Manager" {
		t.Errorf("title %q", title)
	}
}

func TestHostileResourceIDs(t *testing.T) {
	t.Parallel()
	ids := []string{
		"..", ".", "/", "//", "a/b", "../../settings", "import", "details", "a b", "a%2Fb", "%", "%zz", "a?b", "a#b", "a;b", "a,b", "a+b", "a&b=c",
		"<script>alert(1)</script>", `"onload="x`, "javascript:alert(1)", "ä/ö", "i-0a1b2c3d4e5f60718", "arn:aws:rds:eu-central-1:123456789012:db:x", `\\host\x`,
	}
	console := webtest.New(t)
	var rows []string
	for _, id := range ids {
		rows = append(rows, `"`+strings.ReplaceAll(id, `"`, `""`)+`",EC2_INSTANCE,,running,`+webtest.Account+",,,,,,,,,,")
	}
	track(t, console, rows...)
	browser := console.SignIn(t, usage.Viewer)
	list := browser.Get(t, resources+"?size=50")
	for _, id := range ids {
		links := list.Links(strings.Join(strings.Fields(id), " "))
		if !slices.Equal(links, []string{views.ResourceURL(id)}) {
			t.Errorf("%q leads to %q", id, links)
			continue
		}
		page := browser.Get(t, links[0])
		if page.Status != http.StatusOK || page.Title() != id+" | License Manager" {
			t.Errorf("%q: status %d, title %q", id, page.Status, page.Title())
		}
		// Whoever makes the address by hand may escape it in the path, too, unless browsers take it for another one.
		if !strings.Contains(id, "/") && strings.Trim(id, ".") != "" && id != "import" && id != "details" {
			if page := browser.Get(t, resources+"/"+url.PathEscape(id)); page.Status != http.StatusOK {
				t.Errorf("%q in the path: status %d", id, page.Status)
			}
		}
	}
	for _, unknown := range []string{"/unknown", "/details", "/details?id=unknown", "/details?id=%00", "/%FF"} {
		if page := browser.Get(t, resources+unknown); page.Status != http.StatusNotFound {
			t.Errorf("%s: status %d", unknown, page.Status)
		}
	}
}
