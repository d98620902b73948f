package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// editForm is the form of a stored report.
func editForm(t *testing.T, browser *webtest.Client, r usage.Report) *webtest.Form {
	t.Helper()
	path := "/usage-reports/" + r.ID + "/edit"
	return browser.Get(t, path).Form(t, path)
}

func TestEditUsageReport(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		r := storedReport(t, console, storedLicense(t, console, "Oracle"), "before", tagged("a", "1"))
		console.Bucket(t)
		console.Publish(t)
		console.Clock.Advance(time.Hour)
		page := browser.Get(t, "/usage-reports/"+r.ID+"/edit")
		page.WantText(t, "Edit usage report", "Save changes")
		page.WantNoText(t, "Future reports go to the new folder")
		form := editForm(t, browser, r)
		form.Set("name", "after")
		form.Set("frequency", "30d")
		form.Set("type", "resource-usage")
		page = form.SubmitAs(t, "intent", "add-tag")
		page.WantText(t, "Future reports go to the new folder Reports/after/. Earlier reports stay in Reports/before/.")
		page = form.SubmitAs(t, "intent", "save")
		page.WantText(t, "Successfully updated usage report after.", "A new report is generated within seconds.", "Updated report due within seconds", "Once every 30 days", "Now by editor")
		console.Publish(t)
		browser.Get(t, "/usage-reports/"+r.ID).WantText(t, "Report history (3)", "Edited")
		published, err := console.Store.Published(t.Context(), r.ID)
		if err != nil || strings.Join(published.Folders, " ") != "Reports/after/ Reports/before/" {
			t.Errorf("folders %v, %v", published.Folders, err)
		}
	})
}

func TestRenameIsExplainedWhileTyping(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "before")
	path := "/usage-reports/" + r.ID + "/edit?name="
	browser.Fragment(t, path+url.QueryEscape("<b>after")).WantText(t, "Future reports go to the new folder Reports/<b>after/. Earlier reports stay in Reports/before/.")
	for _, same := range []string{"before", "", "+before+"} {
		browser.Fragment(t, path+same).WantNoText(t, "Future reports")
	}
}

func TestNumberOfFilesFollowsTheTypes(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "a")
	browser := console.SignIn(t, usage.Editor)
	for _, path := range []string{"/usage-reports/create", "/usage-reports/" + r.ID + "/edit"} {
		fragment := browser.Fragment(t, path+"?type=summary&frequency=7d")
		fragment.WantText(t, "About 365 files a year", "About 52 files a year")
		if !strings.HasPrefix(fragment.Body, `<div id="frequency-choice"`) || !strings.Contains(fragment.Body, `value="7d" checked`) {
			t.Errorf("%s: %s", path, fragment.Body)
		}
		browser.Fragment(t, path+"?type=summary&type=resource-usage&frequency=x").WantText(t, "About 730 files a year")
		none := browser.Fragment(t, path+"?frequency=24h")
		none.WantText(t, "No report type is chosen")
		none.WantNoText(t, "files a year")
	}
}

func TestEditWithErrorsKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	license := storedLicense(t, console, "Oracle")
	storedReport(t, console, license, "taken")
	r := storedReport(t, console, license, "mine")
	form := editForm(t, browser, r)
	form.Set("name", "Taken")
	form.Set("description", "new words")
	page := form.Submit(t)
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "The usage report wasn’t updated. Fix 1 field.", "A usage report named “Taken” already exists.", "new words")
	form.Set("name", "MINE")
	form.Submit(t).WantText(t, "Successfully updated usage report MINE.")
}

func TestTwoEditsAtOnce(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		r := storedReport(t, console, storedLicense(t, console, "Oracle"), "shared")
		mine := editForm(t, console.SignIn(t, usage.Editor), r)
		theirs := editForm(t, console.SignIn(t, usage.Administrator), r)
		theirs.Set("frequency", "7d")
		theirs.Set("description", "theirs")
		theirs.Submit(t).WantText(t, "Successfully updated")
		console.Clock.Advance(4 * time.Minute)

		mine.Set("description", "mine")
		page := mine.Submit(t)
		page.WantStatus(t, http.StatusConflict)
		page.WantText(t, "This usage report was changed by administrator 4 minutes ago. Review the current values and save again.", "Description is now: theirs", "Frequency is now: Once every 7 days")
		again := page.Form(t, "/usage-reports/"+r.ID+"/edit")
		if again.Fields.Get("description") != "mine" || again.Fields.Get("frequency") != "24h" {
			t.Errorf("what was typed is lost: %v", again.Fields)
		}
		again.Submit(t).WantText(t, "Successfully updated usage report shared.", "mine", "Once every 24 hours")
	})
}

func TestEditOfAReportThatWasPausedMeanwhile(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "shared")
	mine := editForm(t, console.SignIn(t, usage.Editor), r)
	console.SignIn(t, usage.Administrator).Post(t, "/usage-reports/"+r.ID+"/pause", nil).WantText(t, "Paused usage report shared.")
	console.Clock.Advance(4 * time.Minute)
	page := mine.Submit(t)
	page.WantStatus(t, http.StatusConflict)
	page.WantText(t, "This usage report was changed by administrator 4 minutes ago.")
	page.WantNoText(t, "is now:")
	again := page.Form(t, "/usage-reports/"+r.ID+"/edit")
	again.Set("description", "mine")
	again.Submit(t).WantText(t, "Successfully updated usage report shared.", "No reports are generated until you resume it.")
}

func TestEditKeepsADeactivatedLicense(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Retired")
	r := storedReport(t, console, license, "archive")
	if err := console.Store.SetLicenseStatus(t.Context(), console.Act(), license.ID, usage.LicenseDeactivated); err != nil {
		t.Fatal(err)
	}
	form := editForm(t, console.SignIn(t, usage.Editor), r)
	if form.Fields.Get("license") != license.ID {
		t.Errorf("license %q", form.Fields.Get("license"))
	}
	form.Submit(t).WantText(t, "Nothing was changed.")
	form = editForm(t, console.SignIn(t, usage.Editor), r)
	form.Set("description", "of last year")
	form.Submit(t).WantText(t, "Successfully updated usage report archive.")
}

func TestEditWithMadeUpVersions(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "a")
	browser := console.SignIn(t, usage.Editor)
	for _, version := range []string{"", "0", "-1", "x", strconv.FormatInt(r.Version+1, 10), strings.Repeat("9", 30)} {
		form := editForm(t, browser, r)
		form.Set("version", version)
		form.Submit(t).WantStatus(t, http.StatusConflict)
	}
	if _, err := console.Store.DeleteReports(t.Context(), console.Act(), []string{r.ID}); err != nil {
		t.Fatal(err)
	}
	page := browser.Post(t, "/usage-reports/"+r.ID+"/edit", url.Values{"name": {"b"}})
	page.WantStatus(t, http.StatusGone)
	if _, err := console.Store.Report(t.Context(), r.ID); err == nil || !strings.Contains(err.Error(), store.ErrDeleted.Error()) {
		t.Errorf("the deleted report: %v", err)
	}
}
