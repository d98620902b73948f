package handlers_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestTombstone(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "Oracle")
		r := storedReport(t, console, license, "before", every(usage.Every7Days, usage.Summary))
		bucket := console.Bucket(t)
		console.Publish(t)
		browser := console.SignIn(t, usage.Editor)
		form := editForm(t, browser, r)
		form.Set("name", "after")
		form.Submit(t).WantStatus(t, http.StatusOK)
		console.Publish(t)
		path := "/usage-reports/" + r.ID
		page := browser.Get(t, path+"/delete").Form(t, path+"/delete").Submit(t)
		page.WantText(t, "Successfully deleted usage report after.", "Your S3 bucket and previous reports are not affected.")
		if page.Path != "/usage-reports" {
			t.Errorf("after the deletion: %s", page.Path)
		}
		when := console.Clock.Now().Format("January 2, 2006, 15:04 (UTC)")
		for _, address := range []string{"", "?type=summary", "/edit", "/delete"} {
			page = browser.Get(t, path+address)
			page.WantStatus(t, http.StatusGone)
			page.WantText(t, "Usage report deleted", "after was deleted by editor on "+when+". Its 2 reports remain in S3.", "s3://"+bucket+"/Reports/after/", "s3://"+bucket+"/Reports/before/", "All usage reports")
		}
		for _, action := range []string{"/edit", "/delete", "/run", "/pause", "/resume", "/runs/0123456789abcdef/retry"} {
			browser.Post(t, path+action, nil).WantStatus(t, http.StatusGone)
		}
		similar := page.Follow(t, "Create a similar usage report").Form(t, "/usage-reports")
		if similar.Fields.Get("name") != "after" || similar.Fields.Get("frequency") != "7d" || similar.Fields.Get("license") != license.ID {
			t.Errorf("similar: %v", similar.Fields)
		}
		again := similar.Submit(t)
		again.WantText(t, "Successfully created usage report after.")
		if again.Path == path {
			t.Error("the deleted report has come back")
		}
		console.SignIn(t, usage.Viewer).Get(t, path).WantNoText(t, "Create a similar usage report")
	})
}

func TestDeletedBeforeItsFirstReport(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "short-lived")
	if _, err := console.Store.DeleteReports(t.Context(), console.Act(), []string{r.ID}); err != nil {
		t.Fatal(err)
	}
	console.SignIn(t, usage.Viewer).Get(t, "/usage-reports/"+r.ID).WantText(t, "short-lived was deleted by test", "It had not published any reports.")
}

func TestDeleteOneReport(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	r := storedReport(t, console, storedLicense(t, console, "Oracle"), "oracle")
	browser, path := console.SignIn(t, usage.Editor), "/usage-reports/"+r.ID+"/delete"
	page := browser.Get(t, path)
	page.WantText(t, "Delete usage report", "Permanently delete usage report oracle? You can’t undo this action.", "Deleting this usage report stops the generation of new reports. Your S3 bucket is not affected.", "Usage report details")
	page.WantNoText(t, "View reports in S3", "To confirm")
	console.Bucket(t)
	console.Publish(t)
	dialog := browser.Fragment(t, path)
	dialog.WantText(t, "Your S3 bucket and the 2 reports in it are not affected.", "View reports in S3", "Cancel")
	dialog.WantNoText(t, "Usage report details")
	if strings.Contains(dialog.Body, "<html") {
		t.Error("the dialog is a whole page")
	}
	dialog.Form(t, path).Submit(t).WantText(t, "Successfully deleted usage report oracle.")
}

func TestDeleteSeveralReports(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Oracle")
	var ids []string
	for i := range 4 {
		ids = append(ids, storedReport(t, console, license, fmt.Sprint("report-", i)).ID)
	}
	browser := console.SignIn(t, usage.Editor)
	page := browser.Get(t, "/usage-reports/delete?id="+ids[0]+"&id="+ids[1]+"&id="+ids[2]+"&id=r-1&id=%00")
	page.WantText(t, "Delete usage reports", "Permanently delete 3 usage reports? You can’t undo this action.", "report-0", "report-2", "To confirm, type “confirm”.")
	form := page.Form(t, "/usage-reports/delete")
	for _, typed := range []string{"", "yes", "confirmed", "conf irm"} {
		form.Set("confirm", typed)
		page = form.Submit(t)
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, "Type “confirm” to delete.", "report-0", "report-1", "report-2")
	}
	if n, err := console.Store.Counts(t.Context()); err != nil || n.Reports != 4 {
		t.Fatalf("%d reports, %v", n.Reports, err)
	}
	form = page.Form(t, "/usage-reports/delete")
	form.Set("confirm", " Confirm ")
	page = form.Submit(t)
	page.WantText(t, "Successfully deleted 3 usage reports.", "report-3")
	page.WantNoText(t, "report-1")

	if page = browser.Get(t, "/usage-reports/delete?id="+ids[0]+"&id="+ids[3]); page.Path != "/usage-reports/"+ids[3]+"/delete" {
		t.Errorf("one of them left: %s", page.Path)
	}
	dialog := browser.Fragment(t, "/usage-reports/delete?id="+ids[3])
	dialog.WantText(t, "Permanently delete usage report report-3?")
	dialog.WantNoText(t, "Usage report details")
	form.Submit(t).WantText(t, "The selected usage reports have been deleted already.")
	browser.Post(t, "/usage-reports/delete", url.Values{"id": {"r-1"}, "confirm": {"confirm"}}).WantText(t, "Select at least one usage report to delete.")
	browser.Get(t, "/usage-reports/delete?id=r-2").WantText(t, "Select at least one usage report to delete.")
	if _, err := console.Store.Report(t.Context(), ids[1]); err == nil || errors.Is(err, t.Context().Err()) {
		t.Error("the report is still there")
	}
}
