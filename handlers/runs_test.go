package handlers_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestGenerateNow(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		r := storedReport(t, console, storedLicense(t, console, "Oracle"), "oracle")
		console.Bucket(t)
		console.Publish(t)
		browser, path := console.SignIn(t, usage.Editor), "/usage-reports/"+r.ID
		form := browser.Get(t, path).Form(t, path+"/run")
		form.Submit(t).WantText(t, "Generating a report for oracle.", "Pending")
		if !slices.Equal(console.Nudges(), []string{"publish"}) {
			t.Errorf("nudges %v", console.Nudges())
		}
		form.Submit(t).WantText(t, "A report for oracle is already being generated.")
		console.Publish(t)
		browser.Get(t, path).WantText(t, "Report history (4)", "Manual")
	})
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "Oracle")
		r := createdAgo(t, console, usage.Report{Name: "oracle", LicenseID: license.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}, 20*time.Hour)
		browser, path := console.SignIn(t, usage.Editor), "/usage-reports/"+r.ID
		page := browser.Get(t, path).Form(t, path+"/pause").Submit(t)
		page.WantText(t, "Paused usage report oracle.", "No reports are generated until you resume it.", "Paused", "Canceled")
		page.WantNoText(t, "Generate report now", "Retry")
		console.Clock.Advance(5 * time.Hour) // past the next slot
		console.Bucket(t)
		console.Publish(t)
		browser.Get(t, path).WantText(t, "Report history (2)", "Paused")
		browser.Post(t, path+"/run", nil).WantText(t, "Usage report oracle is paused.")
		edit := editForm(t, browser, r)
		edit.Set("description", "Not now.")
		edit.Submit(t).WantText(t, "Successfully updated usage report oracle.", "No reports are generated until you resume it.", "Paused")
		browser.Get(t, path).Form(t, path+"/resume").Submit(t).WantText(t, "Resumed usage report oracle.", "The next report is generated within seconds.", "Pending")
		console.Publish(t)
		browser.Get(t, path).WantText(t, "Report history (4)", "Succeeded")
	})
}

func TestRetryOfWhatDidNotFail(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "oracle")
	run, err := console.Store.LatestRun(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	browser, path := console.SignIn(t, usage.Editor), "/usage-reports/"+r.ID+"/runs/"
	browser.Post(t, path+run.ID+"/retry", nil).WantText(t, "A report for oracle is already being generated.")
	console.Bucket(t)
	console.Publish(t)
	browser.Post(t, path+run.ID+"/retry", nil).WantStatus(t, http.StatusNotFound)
	browser.Post(t, path+"0123456789abcdef/retry", nil).WantStatus(t, http.StatusNotFound)
}
