package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestLicenseIsDeactivatedAndActivated(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle"})
	browser := console.SignIn(t, usage.Editor)
	path := licenses + "/" + l.ID
	page := browser.Get(t, path).Follow(t, "Deactivate")
	page.WantText(t, "Deactivate self-managed license Oracle?", "Its usage reports and resources stay as they are")
	page = page.Form(t, path+"/deactivate").Submit(t)
	page.WantText(t, "Successfully deactivated self-managed license Oracle.", "Status Deactivated")
	page.WantNoText(t, "Create usage report", "Associate resource")
	page = page.Form(t, path+"/activate").Submit(t)
	page.WantText(t, "Successfully activated self-managed license Oracle.", "Status Available", "Create usage report")
	if fragment := browser.Fragment(t, path+"/deactivate"); fragment.Has("License details") || !fragment.HasForm(path+"/deactivate") {
		t.Errorf("the dialog alone is %s", fragment.Body)
	}
}

func TestDeleteLicense(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle"})
	browser := console.SignIn(t, usage.Editor)
	path := licenses + "/" + l.ID + "/delete"
	page := browser.Get(t, licenses+"/actions?do=delete&id="+l.ID)
	page.WantText(t, "Permanently delete self-managed license Oracle? You can’t undo this action.", "To confirm, type “confirm”.")
	form := page.Form(t, path)
	for _, typed := range []string{"", "yes", "confirm it"} {
		form.Set("confirm", typed)
		page := form.Submit(t)
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, "Type “confirm” to delete.")
		if got := page.Form(t, path).Fields.Get("confirm"); got != typed {
			t.Errorf("typed %q, kept %q", typed, got)
		}
	}
	form.Set("confirm", " Confirm ")
	page = form.Submit(t)
	page.WantText(t, "Successfully deleted self-managed license Oracle.", "No self-managed licenses")
	if page.Path != licenses {
		t.Errorf("deleting leads to %s", page.Path)
	}
	browser.Get(t, licenses+"/"+l.ID).WantStatus(t, http.StatusNotFound)
	form.Submit(t).WantStatus(t, http.StatusNotFound)
}

func TestDeleteLicenseIsBlockedByUsageReports(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle Database EE"})
	browser := console.SignIn(t, usage.Editor)
	path := licenses + "/" + l.ID
	open := browser.Get(t, path+"/delete").Form(t, path+"/delete")
	var ids []string
	create := func(name string) {
		report := usage.Report{Name: name, LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours}
		r, err := console.Store.CreateReport(t.Context(), console.Act(), report)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	create("oracle-ee-daily")
	browser.Get(t, path+"/delete").WantText(t, "It has 1 usage report associated: oracle-ee-daily. Delete that usage report first, and then delete the license.")
	create("oracle-ee-quarterly")

	open.Set("confirm", "confirm")
	blocked := open.Submit(t)
	blocked.WantStatus(t, http.StatusConflict)
	for _, page := range []*webtest.Page{blocked, browser.Get(t, path+"/delete")} {
		page.WantText(t, "Self-managed license Oracle Database EE can’t be deleted.",
			"It has 2 usage reports associated: oracle-ee-daily and oracle-ee-quarterly. Delete those usage reports first, and then delete the license.")
		page.WantNoText(t, "Permanently delete")
		if got := page.Links("View usage reports"); !slices.Equal(got, []string{"/usage-reports?license=" + l.ID}) {
			t.Errorf("View usage reports leads to %q", got)
		}
		if got := page.Links("oracle-ee-quarterly"); len(got) != 2 || got[0] != "/usage-reports/"+ids[1] { // in the flash and in the table
			t.Errorf("the flash leads to %q", got)
		}
	}
	for i := range 5 {
		create(fmt.Sprintf("weekly-%d", i))
	}
	browser.Get(t, path+"/delete").WantText(t, "It has 7 usage reports associated: oracle-ee-daily, oracle-ee-quarterly, weekly-0, weekly-1, weekly-2, and 2 more.")

	if _, err := console.Store.DeleteReports(t.Context(), console.Act(), ids); err != nil {
		t.Fatal(err)
	}
	open.Submit(t).WantText(t, "Successfully deleted self-managed license Oracle Database EE.")
}
