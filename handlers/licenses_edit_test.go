package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestEditLicense(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	day := time.Date(2999, 5, 31, 0, 0, 0, 0, time.UTC)
	l := createLicense(t, console, usage.License{
		Name: "Oracle", Description: "Old", CountingType: usage.CountInstance, Count: limit(5), ExpiresAt: &day,
		Rules: usage.Rules{{Name: usage.MinimumVCPUs, Value: "2"}, {Name: usage.MinimumCores, Value: "1"}},
	})
	createLicense(t, console, usage.License{Name: "Other"})
	browser := console.SignIn(t, usage.Editor)
	edit := licenses + "/" + l.ID + "/edit"
	page := browser.Get(t, edit)
	page.WantText(t, "Edit self-managed license", "License type Instances", "Save changes")
	form := page.Form(t, edit)
	if form.Fields.Get("expires") != "2999-05-31" || form.Fields.Get("minimumCores") != "1" || form.Fields.Has("counting_type") {
		t.Errorf("the form has %v", form.Fields)
	}
	form.Set("name", "OTHER")
	form.Set("license_count", "-2")
	form.Submit(t).WantText(t, "The self-managed license wasn’t updated. Fix 1 field.", "Enter a whole number, 0 or greater.")
	form.Set("license_count", "7")
	page = form.Submit(t)
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "A self-managed license named “OTHER” already exists.")
	form.Set("name", "ORACLE")
	form.Set("expires", "")
	form.Set("counting_type", "Core") // is fixed
	page = form.Submit(t)
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "Successfully updated self-managed license ORACLE.", "7 instances", "Minimum 2 vCPUs", "Minimum 1 core", "Never")
	if page.Path != licenses+"/"+l.ID {
		t.Errorf("saving leads to %s", page.Path)
	}
}

func TestEditLicenseTwiceAtOnce(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", Description: "Old", Count: limit(5)})
	browser := console.SignIn(t, usage.Editor)
	edit := licenses + "/" + l.ID + "/edit"
	form := browser.Get(t, edit).Form(t, edit)

	other := console.SignIn(t, usage.Administrator)
	theirs := other.Get(t, edit).Form(t, edit)
	theirs.Set("license_count", "9")
	theirs.Set("minimumVcpus", "2")
	theirs.Submit(t).WantText(t, "Successfully updated")
	console.Clock.Advance(3 * time.Minute)

	form.Set("description", "Mine")
	page := form.Submit(t)
	page.WantStatus(t, http.StatusConflict)
	page.WantText(t, "This self-managed license was changed by administrator 3 minutes ago. Review the current values and save again.",
		"Number of vCPUs is now: 9", "Minimum vCPUs is now: 2", "Description is now: Old")
	page.WantNoText(t, "Name is now")
	mine := page.Form(t, edit)
	if mine.Fields.Get("description") != "Mine" || mine.Fields.Get("license_count") != "5" {
		t.Errorf("what was typed became %v", mine.Fields)
	}
	mine.Submit(t).WantText(t, "Successfully updated self-managed license Oracle.", "Mine", "5 vCPUs")

	mine.Set("version", "x")
	mine.Submit(t).WantStatus(t, http.StatusConflict)
}
