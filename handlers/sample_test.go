package handlers_test

import (
	"net/http"
	"slices"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// keys are all objects in the bucket.
func keys(t *testing.T, console *webtest.Console, prefix string) []string {
	t.Helper()
	page, err := console.S3.List(t.Context(), console.Bucket(t), prefix, "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, o := range page.Files {
		found = append(found, o.Key)
	}
	for _, folder := range page.Folders {
		found = append(found, keys(t, console, folder)...)
	}
	return found
}

// loadSample chooses Load sample data in the empty table.
func loadSample(t *testing.T, browser *webtest.Client) *webtest.Page {
	t.Helper()
	page := browser.Get(t, "/usage-reports").Form(t, "/sample-data").Submit(t)
	page.WantStatus(t, http.StatusOK)
	return page
}

func TestSampleDataForAFirstLook(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		page := loadSample(t, browser)
		page.WantText(t, "Loaded sample data. 9 self-managed licenses,", "and 12 usage reports with their history.", "Usage reports (12)", "Sample data is loaded.")
		files := keys(t, console, "")
		details := page.Follow(t, "oracle-ee-daily")
		details.WantText(t, "Succeeded", "Once every 24 hours", "by Sample data", "sample-data true")
		rows := published(t, browser, details.Path, usage.ResourceUsage)
		summary := publishedRow(t, browser, details.Path)
		if len(rows) < 50 || summary["license_name"] != "Oracle Database EE" || summary["license_count"] != "480" {
			t.Errorf("%d rows; %v", len(rows), summary)
		}
		// What comes next is real: the same figures, from the database.
		details.Form(t, details.Path+"/run").Submit(t)
		console.Publish(t)
		if again := published(t, browser, details.Path, usage.ResourceUsage); len(again) != len(rows) {
			t.Errorf("a report now has %d rows, the last of the history %d", len(again), len(rows))
		}
		put(t, console, console.Bucket(t), "Reports/oracle-ee-daily/own.csv", "own")
		if n := len(keys(t, console, "")); n != len(files)+3 {
			t.Errorf("%d objects, %d before", n, len(files))
		}

		page = browser.Get(t, "/usage-reports").Follow(t, "Remove sample data")
		page.WantText(t, "Remove all sample data? You can’t undo this action.", "files of these usage reports in your S3 bucket")
		page = page.Form(t, "/sample-data/remove").Submit(t)
		page.WantText(t, "Removed sample data.", "Usage reports (0)", "Load sample data")
		page.WantNoText(t, "Sample data is loaded.")
		if left := keys(t, console, ""); len(left) != 1 || left[0] != "Reports/oracle-ee-daily/own.csv" {
			t.Errorf("left in the bucket: %v", left)
		}
		browser.Get(t, details.Path).WantStatus(t, http.StatusNotFound)
		loadSample(t, browser).WantText(t, "Usage reports (12)")
	})
}

// wantBucket fails unless the account has just this bucket, and S3 too.
func wantBucket(t *testing.T, console *webtest.Console, bucket string) {
	t.Helper()
	settings, err := console.Store.Settings(t.Context())
	if err != nil || settings.Bucket != bucket || !settings.BucketReady {
		t.Errorf("settings %+v, %v; want the bucket %s", settings, err, bucket)
	}
	if _, err := console.S3.List(t.Context(), bucket, "", "", 1); err != nil {
		t.Error(err)
	}
}

func TestSampleDataLeavesTheBucket(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	loadSample(t, browser)
	settings, err := console.Store.Settings(t.Context())
	if err != nil || settings.Bucket == "" {
		t.Fatalf("settings %+v, %v", settings, err)
	}
	browser.Get(t, "/sample-data/remove").Form(t, "/sample-data/remove").Submit(t).WantText(t, "Removed sample data.")
	wantBucket(t, console, settings.Bucket)
	loadSample(t, browser)
	wantBucket(t, console, settings.Bucket)
}

func TestSampleDataForesees(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		loadSample(t, browser)
		if nudges := console.Nudges(); !slices.Contains(nudges, "forecast") {
			t.Errorf("nudges: %v", nudges)
		}
		if _, err := console.Store.ForecastLimits(t.Context(), console.Clock.Now(), 100); err != nil {
			t.Fatal(err)
		}
		browser.Get(t, "/").WantText(t, "1 self-managed license reaches its limit within 30 days")
	})
}

func TestSampleDataTwice(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	form := browser.Get(t, "/usage-reports").Form(t, "/sample-data")
	form.Submit(t)
	page := form.Submit(t)
	page.WantText(t, "Sample data is loaded already.", "Usage reports (12)")
	if page.HasForm("/sample-data") {
		t.Error("sample data can be loaded again")
	}
	remove := browser.Get(t, "/sample-data/remove").Form(t, "/sample-data/remove")
	remove.Submit(t)
	remove.Submit(t).WantText(t, "There is no sample data to remove.")
	asked := browser.Get(t, "/sample-data/remove")
	asked.WantText(t, "There is no sample data to remove.")
	if asked.HasForm("/sample-data/remove") {
		t.Error("it is asked whether to remove what is not there")
	}
}

func TestSampleDataInUse(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	page := loadSample(t, browser)
	open := browser.Get(t, "/sample-data/remove").Form(t, "/sample-data/remove")
	similar := page.Follow(t, "rhel-subscriptions").Follow(t, "Duplicate").Form(t, "/usage-reports")
	if tags := similar.Fields["tag_key"]; slices.Contains(tags, "sample-data") || !slices.Contains(tags, "team") {
		t.Errorf("tags of the copy: %q", tags)
	}
	own := similar.Submit(t)
	for _, page := range []*webtest.Page{browser.Get(t, "/sample-data/remove"), open.Submit(t)} {
		page.WantText(t, "Sample data can’t be removed yet. Data of your own depends on it: rhel-subscriptions copy.", "Usage reports (13)")
		page.WantNoText(t, "Remove all sample data?")
		if links := page.Links("rhel-subscriptions copy"); !slices.Contains(links, own.Path) {
			t.Errorf("links to what is in the way: %v", links)
		}
	}
}

// Where S3 goes away, the page says what is there and what to do.
func TestSampleDataWithoutS3(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	loadSample(t, browser)
	console.StopS3()
	bucket := console.Bucket(t)
	for range 2 {
		page := browser.Get(t, "/sample-data/remove").Form(t, "/sample-data/remove").Submit(t)
		page.WantText(t, "Not all files of the sample data were deleted. "+bucket+": ", "Choose Remove sample data once more.", "Sample data is loaded.")
	}
}

func TestSampleDataIsNotLoadedWithoutS3(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	bucket := console.Bucket(t)
	console.StopS3()
	loadSample(t, browser).WantText(t, "Sample data was loaded without its files. "+bucket+": ", "remove the sample data and load it once more", "Sample data is loaded.")
}

func TestSampleDataIsForEditors(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	viewer := console.SignIn(t, usage.Viewer)
	viewer.Get(t, "/usage-reports").WantNoText(t, "Load sample data")
	loadSample(t, console.SignIn(t, usage.Editor))
	page := viewer.Get(t, "/usage-reports")
	page.WantText(t, "Sample data is loaded.")
	page.WantNoText(t, "Remove sample data")
}
