package handlers_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

// createForm is the form of a new report, with a name and a license.
func createForm(t *testing.T, browser *webtest.Client, name string, license usage.License) *webtest.Form {
	t.Helper()
	form := browser.Get(t, "/usage-reports/create").Form(t, "/usage-reports")
	form.Set("name", name)
	form.Set("license", license.ID)
	return form
}

func TestCreateUsageReport(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		license := storedLicense(t, console, "Oracle Database EE")
		page := browser.Get(t, "/usage-reports/create")
		page.WantText(t, "Oracle Database EE — 0 of 480 vCPUs consumed", "About 730 files a year", "The first report is published within seconds.",
			"License Manager creates an S3 bucket named aws-license-manager-service-… when you create this usage report.",
			"s3://aws-license-manager-service-…/Reports/<name>/yyyy/mm/dd/<report-id>.csv")
		form := page.Form(t, "/usage-reports")
		if form.Fields.Get("license") != license.ID {
			t.Error("the only license is not chosen")
		}
		form.Set("name", "oracle-ee-daily")
		form.Set("description", "Daily position\r\nfor the true-up.")
		page = form.Submit(t)
		page.WantStatus(t, http.StatusOK)
		settings, err := console.Store.Settings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		page.WantText(t, "Successfully created usage report oracle-ee-daily.", "The first report is published within seconds.",
			"License Manager created the S3 bucket "+settings.Bucket+".", "Pending", "First report not generated yet", "Once every 24 hours", "by editor")
		if !strings.HasPrefix(page.Path, "/usage-reports/r-") || page.Title() != "oracle-ee-daily | License Manager" {
			t.Errorf("after creation: %s, %q", page.Path, page.Title())
		}
		if nudges := console.Nudges(); len(nudges) != 1 || nudges[0] != "publish" {
			t.Errorf("nudges: %v", nudges)
		}
		r, err := console.Store.Report(t.Context(), strings.TrimPrefix(page.Path, "/usage-reports/"))
		if err != nil || r.Description != "Daily position\nfor the true-up." {
			t.Errorf("stored: %q, %v", r.Description, err)
		}
		page = createForm(t, browser, "second", license).Submit(t)
		page.WantText(t, "Successfully created usage report second.")
		page.WantNoText(t, "created the S3 bucket")
	})
}

func TestWhatIsWrongWithAUsageReport(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	license := storedLicense(t, console, "Oracle")
	retired := storedLicense(t, console, "Retired")
	if err := console.Store.SetLicenseStatus(t.Context(), console.Act(), retired.ID, usage.LicenseDeactivated); err != nil {
		t.Fatal(err)
	}
	storedReport(t, console, license, "Oracle-EE-daily")
	long := strings.Repeat("x", 401)
	for _, test := range []struct{ field, value, message string }{
		{"name", "", "Name is required."},
		{"name", long[:101], "Name must be 100 characters or fewer. You entered 101."},
		{"name", "<script>", "Name has characters that aren’t valid: < >."},
		{"name", "=cmd()", "Name has characters that aren’t valid: = ( )."},
		{"name", "oracle 🚀", "Name has characters that aren’t valid: 🚀."},
		{"name", "a/b", "Name has characters that aren’t valid: /."},
		{"name", "a\x00b", "Name has characters that aren’t valid: U+0000."},
		{"name", ".hidden", "Name must begin with a letter or number."},
		{"name", "trailing ", "Name can’t end in a space or period."},
		{"name", "ORACLE-ee-DAILY", "A usage report named “ORACLE-ee-DAILY” already exists."},
		{"description", long, "Description must be 400 characters or fewer. You entered 401."},
		{"description", "a\x00b", "Description has characters that can’t be shown."},
		{"license", "", "Choose a self-managed license."},
		{"license", "lic-0'; DROP TABLE reports\x00", "Choose a self-managed license."},
		{"license", "lic-00000000000000000000000000000000", "The self-managed license that you chose no longer exists. Choose another."},
		{"license", retired.ID, "“Retired” is deactivated and isn’t tracked. Choose another self-managed license."},
		{"frequency", "", "Choose a frequency."},
		{"frequency", "1h", "Choose a frequency."},
	} {
		form := createForm(t, browser, "fine", license)
		form.Set("tag_key", "kept")
		form.Set("tag_value", "as typed")
		form.Set(test.field, test.value)
		page := form.Submit(t)
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, "The usage report wasn’t created. Fix 1 field.", test.message)
		again := page.Form(t, "/usage-reports")
		if again.Fields.Get("tag_value") != "as typed" {
			t.Errorf("%s %q: what was typed is lost: %v", test.field, test.value, again.Fields)
		}
		if test.field != "license" && test.field != "frequency" && !strings.ContainsRune(test.value, 0) && again.Fields.Get(test.field) != test.value {
			t.Errorf("%s: typed %q, shown %q", test.field, test.value, again.Fields.Get(test.field))
		}
	}
	if n, err := console.Store.Counts(t.Context()); err != nil || n.Reports != 1 {
		t.Errorf("%d reports, %v", n.Reports, err)
	}
	if settings, err := console.Store.Settings(t.Context()); err != nil || settings.Bucket != "" || len(console.Nudges()) > 0 {
		t.Error("an invalid form has made something")
	}
}

func TestSeveralThingsWrongInTheOrderOfTheForm(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	license := storedLicense(t, console, "Oracle")
	storedReport(t, console, license, "taken")
	form := createForm(t, browser, "taken", license)
	form.Set("license", "lic-00000000000000000000000000000000")
	form.Set("type")
	form.Set("tag_key", "aws:x", "", "twice", "twice", "")
	form.Set("tag_value", "1", "2", "3", "4", "")
	page := form.Submit(t)
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "The usage report wasn’t created. Fix 6 fields.",
		"Name: A usage report named “taken” already exists. Self-managed license: The self-managed license that you chose no longer exists. Choose another. Report types: Choose at least one report type.",
		"Key can’t start with “aws:”.", "Enter a key for the value “2”.", "Key “twice” is used more than once.")
	for _, id := range []string{"#name", "#license", "#type", "#tag-key-0", "#tag-key-1", "#tag-key-3"} {
		if !strings.Contains(page.Body, `href="`+id+`"`) || !strings.Contains(page.Body, `id="`+id[1:]+`"`) {
			t.Errorf("the summary does not lead to %s", id)
		}
	}
	if keys := page.Form(t, "/usage-reports").Fields["tag_key"]; len(keys) != 4 {
		t.Errorf("tags: %q", keys)
	}
}

func TestNoLicenseToReportOn(t *testing.T) {
	t.Parallel()
	browser := webtest.New(t).SignIn(t, usage.Editor)
	page := browser.Get(t, "/usage-reports/create")
	page.WantText(t, "There are no self-managed licenses.")
	form := page.Form(t, "/usage-reports")
	form.Set("name", "a")
	form.Submit(t).WantText(t, "Self-managed license: There are no self-managed licenses. Create a self-managed license first.")
}

func TestTagsAreEditedWithoutScript(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	form := createForm(t, browser, "tagged", storedLicense(t, console, "Oracle"))
	form.Set("type", "summary")
	form.Set("frequency", "7d")
	for _, key := range []string{"first", "second", "third"} {
		page := form.SubmitAs(t, "intent", "add-tag")
		page.WantStatus(t, http.StatusOK)
		form = page.Form(t, "/usage-reports")
		keys := form.Fields["tag_key"]
		keys[len(keys)-1] = key
		form.Set("tag_key", keys...)
	}
	page := form.SubmitAs(t, "intent", "remove-tag:1")
	page.WantText(t, "You can add up to 48 more tags.", "About 52 files a year")
	form = page.Form(t, "/usage-reports")
	if got := strings.Join(form.Fields["tag_key"], " "); got != "first third" || form.Fields.Get("frequency") != "7d" || form.Fields.Get("name") != "tagged" {
		t.Errorf("after adding and removing: %v", form.Fields)
	}
	form.SubmitAs(t, "intent", "remove-tag:99").WantStatus(t, http.StatusOK)
	page = form.SubmitAs(t, "intent", "create")
	page.WantText(t, "Successfully created usage report tagged.", "Tags (2)", "first", "third")
}

func TestDoubleClickCreatesOneReport(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		form := createForm(t, browser, "once", storedLicense(t, console, "Oracle"))
		paths := make([]string, 3)
		var clicks sync.WaitGroup
		for i := range paths {
			clicks.Go(func() {
				page := browser.Post(t, "/usage-reports", form.Fields)
				paths[i] = page.Path
			})
		}
		clicks.Wait()
		if n, err := console.Store.Counts(t.Context()); err != nil || n.Reports != 1 {
			t.Errorf("%d reports, %v", n.Reports, err)
		}
		if paths[0] != paths[1] || paths[0] != paths[2] || !strings.HasPrefix(paths[0], "/usage-reports/r-") {
			t.Errorf("led to %q", paths)
		}
		form.Set("name", "went back and typed another name")
		form.Submit(t).WantText(t, "Successfully created usage report went back and typed another name.")
	})
}

func TestCreateWhileS3IsAway(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	if err := console.Store.AssociateBucket(t.Context(), console.Act(), "nobodys-bucket"); err != nil {
		t.Fatal(err)
	}
	license := storedLicense(t, console, "Oracle")
	page := createForm(t, console.SignIn(t, usage.Administrator), "first", license).Submit(t)
	page.WantText(t, "Created usage report first, but reports can’t be published yet.", "nobodys-bucket: The bucket nobodys-bucket doesn’t exist. License Manager can’t read nobodys-bucket (NoSuchBucket).", "Review settings")
	page = createForm(t, console.SignIn(t, usage.Editor), "second", license).Submit(t)
	page.WantText(t, "Created usage report second, but reports can’t be published yet.")
	page.WantNoText(t, "Review settings")
	if len(console.Nudges()) != 2 {
		t.Error("the publisher was not asked to try")
	}
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		license := storedLicense(t, console, "Oracle")
		r := storedReport(t, console, license, "model", every(usage.Every7Days, usage.Summary), tagged("k", "v"), described("About it"))
		browser := console.SignIn(t, usage.Editor)
		for _, name := range []string{"model copy", "model copy 2"} {
			form := browser.Get(t, "/usage-reports/"+r.ID).Follow(t, "Duplicate").Form(t, "/usage-reports")
			if got := form.Fields; got.Get("name") != name || got.Get("frequency") != "7d" || got.Get("tag_key") != "k" || got.Get("description") != "About it" ||
				got.Get("license") != license.ID || strings.Join(got["type"], " ") != "summary" {
				t.Errorf("the form like a report: %v", got)
			}
			form.Submit(t).WantText(t, "Successfully created usage report "+name+".")
		}
		long := storedReport(t, console, license, strings.Repeat("ü", 99)+"x")
		form := browser.Get(t, "/usage-reports/create?from="+long.ID).Form(t, "/usage-reports")
		if got, want := form.Fields.Get("name"), strings.Repeat("ü", 95)+" copy"; got != want {
			t.Errorf("a long name becomes %q, want %q", got, want)
		}
		if _, err := console.Store.DeleteReports(t.Context(), console.Act(), []string{r.ID}); err != nil {
			t.Fatal(err)
		}
		form = browser.Get(t, "/usage-reports/"+r.ID).Follow(t, "Create a similar usage report").Form(t, "/usage-reports")
		if got := form.Fields.Get("name"); got != "model" {
			t.Errorf("like a deleted report: %q", got)
		}
		for _, made := range []string{"r-1", "r-00000000000000000000000000000000", "%00"} {
			browser.Get(t, "/usage-reports/create?from="+made+"&license="+made).WantStatus(t, http.StatusOK)
		}
	})
}
