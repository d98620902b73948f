package handlers_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestPreviewIsWhatIsPublished(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, `Oracle "EE", =1+1`)
		var rows []string
		for i := range 12 {
			rows = append(rows, instance(fmt.Sprintf("i-%02d", i), webtest.Account, "running", license.ID))
		}
		track(t, console, rows...)
		browser := console.SignIn(t, usage.Editor)
		form := createForm(t, browser, "oracle-ee-daily", license)
		form.Set("description", "kept")
		page := form.SubmitAs(t, "intent", "preview")
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "Preview of the summary report", "Preview of the resource usage report (12)", "The file would have 2 more rows.", "Nothing has been saved.")
		if !strings.Contains(page.Body, `data-guard="typed"`) || !strings.Contains(page.Body, `formaction="/usage-reports#preview"`) {
			t.Error("what was typed is not guarded, or the preview is not gone to")
		}
		if n, err := console.Store.Counts(t.Context()); err != nil || n.Reports != 0 || len(console.Nudges()) > 0 {
			t.Fatalf("a preview has made something: %d reports, %v", n.Reports, err)
		}
		previewed := page.Rows()

		created := page.Form(t, "/usage-reports").Submit(t)
		created.WantText(t, "Successfully created usage report oracle-ee-daily.", "kept")
		console.Publish(t)
		published := published(t, browser, created.Path, usage.ResourceUsage)
		if len(previewed) != 10 || len(published) != 13 {
			t.Fatalf("%d rows of %d", len(previewed), len(published))
		}
		for i, row := range previewed {
			for column, value := range row {
				file := published[i+1][column]
				if name := published[0][column]; name != "report_id" && name != "generated_at" && value != file && !(value == "-" && file == "") {
					t.Errorf("row %d, %s: preview %q, file %q", i, name, value, file)
				}
			}
		}
		for column, value := range published[0] {
			if !strings.Contains(page.Body, ">"+value+"</th>") {
				t.Errorf("column %d, %s, is not previewed", column, value)
			}
		}
		summary := publishedRow(t, browser, created.Path)
		page.WantText(t, "consumed_licenses "+summary["consumed_licenses"], "available_licenses "+summary["available_licenses"], "license_name "+summary["license_name"])
	})
}

// published is the latest file of a type.
func published(t *testing.T, browser *webtest.Client, path string, of usage.ReportType) [][]string {
	t.Helper()
	file := browser.Get(t, path+"/latest.csv?type="+string(of))
	file.WantStatus(t, http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func publishedRow(t *testing.T, browser *webtest.Client, path string) map[string]string {
	t.Helper()
	rows, row := published(t, browser, path, usage.Summary), map[string]string{}
	for i, column := range rows[0] {
		row[column] = rows[1][i]
	}
	return row
}

func TestPreviewOfWhatIsWrong(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Oracle")
	browser := console.SignIn(t, usage.Editor)
	form := createForm(t, browser, "a/b", license)
	form.Set("type", "summary")
	page := form.SubmitAs(t, "intent", "preview")
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "Fix 1 field.", "Name has characters that aren’t valid: /.")
	page.WantNoText(t, "Preview of the")
	again := page.Form(t, "/usage-reports")
	again.Set("name", "mended")
	page = again.SubmitAs(t, "intent", "preview")
	page.WantText(t, "Preview of the summary report", "consumed_licenses 0")
	page.WantNoText(t, "Preview of the resource usage report")
	again = page.Form(t, "/usage-reports")
	again.Set("type", "resource-usage")
	again.SubmitAs(t, "intent", "preview").WantText(t, "No tracked resources use this license. The file would have its header only.")
}

func TestPreviewOfAnEdit(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	license := storedLicense(t, console, "Oracle")
	r := storedReport(t, console, license, "daily")
	if err := console.Store.SetLicenseStatus(t.Context(), console.Act(), license.ID, usage.LicenseDeactivated); err != nil {
		t.Fatal(err)
	}
	browser := console.SignIn(t, usage.Editor)
	edit := "/usage-reports/" + r.ID + "/edit"
	form := browser.Get(t, edit).Form(t, edit)
	form.Set("name", "renamed")
	page := form.SubmitAs(t, "intent", "preview")
	page.WantStatus(t, http.StatusOK)
	page.WantText(t, "usage_report_name renamed", "usage_report_arn "+r.ARN, "status deactivated")
	stored, err := console.Store.Report(t.Context(), r.ID)
	if err != nil || stored.Name != "daily" || stored.Version != r.Version {
		t.Errorf("stored: %+v, %v", stored, err)
	}
	page.Form(t, edit).Submit(t).WantText(t, "Successfully updated usage report renamed.")
}
