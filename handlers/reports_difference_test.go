package handlers_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestPagesOfADifference(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	var rows []string
	for i := range 120 {
		rows = append(rows, fmt.Sprintf("i-%03d,EC2_INSTANCE%srunning,1", i, own))
	}
	r := publishedTwice(t, console, "daily", rows[:10], rows[10:])
	browser := console.SignIn(t, usage.Viewer)
	for _, compared := range []bool{false, true} { // which tells the counts beforehand
		if compared {
			console.Compare(t)
		}
		for query, want := range map[string]string{
			"": "25 i-010", "page=2": "25 i-035", "page=5": "10 i-110", "page=99": "10 i-110", "page=-1&size=x": "25 i-010", "size=100&page=2": "10 i-110",
			"change=added&page=3": "25 i-060", "change=changed&page=3": "0 ",
		} {
			page := browser.Get(t, r.path()+"?"+query)
			page.WantStatus(t, http.StatusOK)
			page.WantText(t, "Added 110", "10 resources are the same in both.")
			got, first := page.Rows(), ""
			if len(got) > 0 {
				first = got[0][0]
			}
			if fmt.Sprint(len(got), " ", first) != want {
				t.Errorf("%s: %d rows from %s, want %s", query, len(got), first, want)
			}
		}
	}
	next := browser.Get(t, r.path()+"?change=added").Follow(t, "Next page")
	if next.Path != r.query(r.files[1].RunID, r.files[0].RunID)[:len(r.path())]+"?change=added&a="+r.files[1].RunID+"&b="+r.files[0].RunID+"&page=2" {
		t.Errorf("the next page is %s", next.Path)
	}
}

func TestDifferenceAsAFile(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	hostile := `=cmd|'/C calc'!A0`
	r := publishedTwice(t, console, "täglich", []string{"i-1,EC2_INSTANCE" + own + "running,4"},
		[]string{"i-1,EC2_INSTANCE" + own + hostile + ",4", `"<script>alert(1)</script>,""x""",RDS` + own + "available,1"})
	browser := console.SignIn(t, usage.Viewer)
	page := browser.Get(t, r.path())
	if strings.Contains(page.Body, "<script>alert") {
		t.Error("a resource became markup")
	}
	page.WantText(t, `<script>alert(1)</script>,"x"`, hostile)
	for _, link := range page.Links("Download CSV") {
		page = browser.Get(t, link)
	}
	records, err := csv.NewReader(strings.NewReader(page.Body)).ReadAll()
	want := [][]string{
		usage.DifferenceColumns(), {"added", `<script>alert(1)</script>,"x"`, "RDS", "consumed_licenses", "", "1"},
		{"changed", "i-1", "EC2_INSTANCE", "resource_status", "running", "'" + hostile},
	}
	if err != nil || !slices.EqualFunc(records, want, slices.Equal) {
		t.Errorf("%v\n%s", err, page.Body)
	}
	_, params, err := mime.ParseMediaType(page.Header.Get("Content-Disposition"))
	if err != nil || !strings.HasPrefix(params["filename"], "täglich-20") || page.Header.Get("Content-Type") != usage.ContentType {
		t.Errorf("%v %q, %s", err, params, page.Header.Get("Content-Type"))
	}
	if only := browser.Get(t, r.path()+".csv?change=removed"); only.Body != strings.Join(usage.DifferenceColumns(), ",")+"\n" {
		t.Errorf("nothing was removed: %s", only.Body)
	}
	head := browser.Do(t, browser.NewRequest(t, http.MethodHead, r.path()+".csv", nil))
	if head.Status != http.StatusOK || head.Body != "" || head.Header.Get("Content-Type") != usage.ContentType {
		t.Errorf("HEAD: %d %q %s", head.Status, head.Body, head.Header)
	}
}

// A file that can't be read to its end is not taken for a whole one.
func TestDifferenceThatBreaksOff(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := publishedTwice(t, console, "daily", []string{"i-1,EC2_INSTANCE" + own + "running,4"}, nil)
	browser := console.SignIn(t, usage.Viewer)
	content := string(usage.ResourceUsageHeader())
	for i := range 10_000 {
		content += fmt.Sprintf("a,b,c,d,e,f,g,,i-%06d,RDS,x,,,,,1,\n", i)
	}
	put(t, console, r.bucket, r.files[0].Key, content+"the end")
	request := browser.NewRequest(t, http.MethodGet, r.path()+".csv", nil)
	for _, cookie := range browser.Cookies(t) {
		request.AddCookie(cookie)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || err == nil {
		t.Errorf("status %d, %d bytes without an error", response.StatusCode, len(text))
	}
}

// A reader who goes away ends the comparison.
func TestComparisonEndsWithItsReader(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := publishedTwice(t, console, "daily", []string{"i-1,EC2_INSTANCE" + own + "running,4"}, nil)
	browser := console.SignIn(t, usage.Viewer)
	begun, given := console.HoldS3()
	ctx, cancel := context.WithCancel(t.Context())
	request := browser.NewRequest(t, http.MethodGet, r.path(), nil).WithContext(ctx)
	for _, cookie := range browser.Cookies(t) {
		request.AddCookie(cookie)
	}
	ended := make(chan error)
	go func() {
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
		}
		ended <- err
	}()
	<-begun
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the reader got %v", err)
	}
	<-given
}
