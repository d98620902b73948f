package handlers_test

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// publishedReport is a usage report with its first files in the bucket.
func publishedReport(t *testing.T, console *webtest.Console, name string) (r usage.Report, bucketName string) {
	t.Helper()
	r = storedReport(t, console, storedLicense(t, console, "License of "+name), name)
	bucketName = console.Bucket(t)
	console.Publish(t)
	return r, bucketName
}

// put writes an object as any other program might.
func put(t *testing.T, console *webtest.Console, bucketName, key, content string) {
	t.Helper()
	if _, err := console.S3.Put(t.Context(), bucketName, key, strings.NewReader(content), bucket.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestDownloadOfAReport(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		r, _ := publishedReport(t, console, "oracle-ee-daily")
		file, err := console.Store.LatestFile(t.Context(), r.ID, usage.Summary)
		if err != nil {
			t.Fatal(err)
		}
		browser, name := console.SignIn(t, usage.Viewer), usage.FileName(file.Key)
		for _, path := range []string{"/reports/" + name, "/latest.csv?type=summary"} {
			page := browser.Get(t, "/usage-reports/"+r.ID+path)
			page.WantStatus(t, http.StatusOK)
			if !strings.HasPrefix(page.Body, "report_id,usage_report_name,") || int64(len(page.Body)) != file.Size {
				t.Errorf("%s: %d bytes, want %d:\n%s", path, len(page.Body), file.Size, page.Body)
			}
			_, params, err := mime.ParseMediaType(page.Header.Get("Content-Disposition"))
			if err != nil || params["filename"] != name {
				t.Errorf("%s: disposition %q", path, page.Header.Get("Content-Disposition"))
			}
			for header, want := range map[string]string{
				"Content-Type": "text/csv; charset=utf-8", "Content-Length": strconv.FormatInt(file.Size, 10), "X-Content-Type-Options": "nosniff",
			} {
				if got := page.Header.Get(header); got != want {
					t.Errorf("%s: %s %q, want %q", path, header, got, want)
				}
			}
		}
		latest := browser.Get(t, "/usage-reports/"+r.ID+"/latest.csv?type=nonsense")
		if !strings.Contains(latest.Header.Get("Content-Disposition"), "-resource-usage-") {
			t.Errorf("the latest of any type: %s", latest.Header.Get("Content-Disposition"))
		}
		console.Visitor(t).Get(t, "/usage-reports/"+r.ID+"/reports/"+name).WantText(t, "Sign in")
	})
}

func TestDownloadsThatAreNotThere(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r, bucketName := publishedReport(t, console, "one")
	other, _ := publishedReport(t, console, "two")
	waiting := storedReport(t, console, storedLicense(t, console, "Oracle"), "waiting")
	file, err := console.Store.LatestFile(t.Context(), r.ID, usage.Summary)
	if err != nil {
		t.Fatal(err)
	}
	browser, name := console.SignIn(t, usage.Viewer), usage.FileName(file.Key)
	for _, path := range []string{
		other.ID + "/reports/" + name, r.ID + "/reports/" + strings.TrimSuffix(name, ".csv"), r.ID + "/reports/" + strings.Replace(name, "20", "19", 1),
		r.ID + "/reports/" + strings.Replace(name, "summary", "secret", 1), r.ID + "/reports/-.csv", r.ID + "/reports/.csv", r.ID + "/reports/..%2F..%2Fx.csv",
		r.ID + "/reports/" + file.RunID + ".csv", waiting.ID + "/latest.csv", "r-1/latest.csv",
	} {
		browser.Get(t, "/usage-reports/"+path).WantStatus(t, http.StatusNotFound)
	}
	browser.Get(t, "/usage-reports/"+r.ID).WantNoText(t, "Not in bucket")
	if err := console.S3.Delete(t.Context(), bucketName, file.Key); err != nil {
		t.Fatal(err)
	}
	history := browser.Get(t, "/usage-reports/"+r.ID)
	history.WantText(t, "Not in bucket")
	if n := strings.Count(history.Body, `class="download"`); n != 1 {
		t.Errorf("%d files can be downloaded, want the other one", n)
	}
	page := browser.Get(t, "/usage-reports/"+r.ID+"/reports/"+name)
	page.WantStatus(t, http.StatusNotFound)
	page.WantText(t, "Not in bucket", "The bucket "+bucketName+" has no file "+file.Key+".", "License Manager keeps no copy of the files.", "View usage report")
}

func TestS3IsAway(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r, _ := publishedReport(t, console, "oracle")
	browser := console.SignIn(t, usage.Viewer)
	console.StopS3()
	page := browser.Get(t, "/usage-reports/"+r.ID+"/latest.csv")
	page.WantStatus(t, http.StatusBadGateway)
	page.WantText(t, "The file can’t be read", "refused")
	page.WantNoText(t, "goroutine", "https response error")
	page = browser.Get(t, "/s3")
	page.WantStatus(t, http.StatusBadGateway)
	page.WantText(t, "The files can’t be shown.")
	browser.Get(t, "/usage-reports/"+r.ID).WantStatus(t, http.StatusOK)
}

func TestFoldersOfTheBucket(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Viewer)
	browser.Get(t, "/s3").WantText(t, "No S3 bucket")
	r, bucketName := publishedReport(t, console, "oracle-ee-daily")
	page := browser.Get(t, "/usage-reports/"+r.ID).Follow(t, "s3://"+bucketName+"/Reports/oracle-ee-daily/")
	page.WantText(t, "oracle-ee-daily", "s3://"+bucketName+"/Reports/oracle-ee-daily/")
	file, err := console.Store.LatestFile(t.Context(), r.ID, usage.Summary)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range strings.Split(file.Key, "/")[2:5] {
		page = page.Follow(t, folder+"/")
	}
	page.WantText(t, usage.FileName(file.Key), sizeOf(file.Size))
	if page.Follow(t, "Usage reports").Path != "/usage-reports" || len(page.Follow(t, "Reports").Rows()) != 1 {
		t.Error("the way back is wrong")
	}
	download := page.Follow(t, usage.FileName(file.Key))
	if int64(len(download.Body)) != file.Size || !strings.HasPrefix(download.Header.Get("Content-Disposition"), "attachment; filename=") {
		t.Errorf("downloaded %d bytes as %s", len(download.Body), download.Header.Get("Content-Disposition"))
	}
}

func sizeOf(size int64) string {
	return fmt.Sprintf("%.1f KB", float64(size)/1024)
}

func TestOnlyReportsAreShown(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	bucketName := console.Bucket(t)
	put(t, console, bucketName, "secret.txt", "secret")
	put(t, console, bucketName, "Reports/a/x.csv", "fine")
	browser := console.SignIn(t, usage.Administrator)
	for _, prefix := range []string{"/", "secret", "Report", "reports/", "Reports", "../", "Reports/../", "Reports/./a/", "Reports/a/../../", "//Reports/"} {
		page := browser.Get(t, "/s3?prefix="+url.QueryEscape(prefix))
		if prefix == "Reports" {
			page.WantStatus(t, http.StatusOK)
			continue
		}
		page.WantStatus(t, http.StatusNotFound)
	}
	for _, key := range []string{"", "secret.txt", "Reports/", "Reports/../secret.txt", "/Reports/a/x.csv", "Reports/a/", "Reports/nothing.csv", "Reports/a\x00/x.csv\xff"} {
		page := browser.Get(t, "/s3/object?key="+url.QueryEscape(key))
		if strings.Contains(key, "\x00") { // what is no text is left out
			page.WantStatus(t, http.StatusOK)
			continue
		}
		page.WantStatus(t, http.StatusNotFound)
	}
	browser.Get(t, "/s3?prefix=Reports/nobody/").WantText(t, "No files")
}

func TestHostileKeysAreText(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	bucketName := console.Bucket(t)
	const folder, name = `<img src=x onerror=alert(1)>`, "\"'&<b>ä\r\n.exe;x=y"
	put(t, console, bucketName, "Reports/"+folder+"/"+name, "content")
	browser := console.SignIn(t, usage.Viewer)
	page := browser.Get(t, "/s3")
	if strings.Contains(page.Body, "<img") {
		t.Error("a folder became markup")
	}
	page = page.Follow(t, folder+"/")
	page.WantStatus(t, http.StatusOK)
	if strings.Contains(page.Body, "<img") || strings.Contains(page.Body, "<b>ä") {
		t.Error("a key became markup")
	}
	download := browser.Get(t, "/s3/object?key="+url.QueryEscape("Reports/"+folder+"/"+name))
	download.WantStatus(t, http.StatusOK)
	_, params, err := mime.ParseMediaType(download.Header.Get("Content-Disposition"))
	if err != nil || download.Body != "content" || download.Header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("%q %v, %s", params, err, download.Header)
	}
}

func TestPagesOfAFolder(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	bucketName := console.Bucket(t)
	for i := range 105 {
		put(t, console, bucketName, fmt.Sprintf("Reports/many/%03d.csv", i), "x")
	}
	browser := console.SignIn(t, usage.Viewer)
	first := browser.Get(t, "/s3?prefix=Reports/many/")
	second := first.Follow(t, "Next page")
	if len(first.Rows()) != 100 || len(second.Rows()) != 5 || second.Rows()[4][0] != "104.csv" || len(first.Links("First page")) > 0 || len(second.Links("Next page")) > 0 {
		t.Errorf("pages of %d and %d rows", len(first.Rows()), len(second.Rows()))
	}
	if back := second.Follow(t, "First page"); len(back.Rows()) != 100 {
		t.Errorf("the first page again has %d rows", len(back.Rows()))
	}
	for _, made := range []string{"x", "%27", "//", strings.Repeat("9", 3000)} {
		browser.Get(t, "/s3?prefix=Reports/many/&after="+made).WantStatus(t, http.StatusOK)
	}
}
