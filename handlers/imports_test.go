package handlers_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

const (
	resources  = "/tracked-resources"
	importPath = "/tracked-resources/import"
	header     = "resource_id,resource_type,resource_owner_id,resource_status,vcpus,license,consumed_licenses\n"
)

// upload chooses a file in the form and sends it.
func upload(t *testing.T, browser *webtest.Client, license, content string) *webtest.Page {
	t.Helper()
	form := browser.Get(t, importPath).Form(t, importPath)
	form.Set("license", license)
	form.File("file", `C:\Users\me\inventory.csv`, strings.NewReader(content))
	return form.Submit(t)
}

func TestImportInTwoSteps(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		l := createLicense(t, console, usage.License{Name: "Oracle EE", CountingType: usage.CountVCPU, Count: limit(10)})
		browser := console.SignIn(t, usage.Editor)
		browser.Get(t, resources).WantText(t, "No tracked resources", "Import them from a CSV file.")
		file := header + "i-1,EC2_INSTANCE," + webtest.Account + ",running,8,,\n" +
			"i-2,EC2_INSTANCE," + webtest.Account + ",running,4,oracle ee,\n" + "i-3,RDS," + webtest.Account + ",stopped,2,,\n"

		review := upload(t, browser, l.ID, file)
		review.WantStatus(t, http.StatusOK)
		review.WantText(t, "Step 2 of 2: review. Nothing has been saved yet.", "inventory.csv", "New resources 3", "Updated resources 0", "Rows with errors 0",
			"vCPUs consumed after import 12 of 10", "Oracle EE will be over its limit: 12 of 10 vCPUs.", "Import 3 resources")
		if n, err := console.Store.CountResources(t.Context(), ""); n != 0 || err != nil {
			t.Errorf("%d resources after the review, %v", n, err)
		}
		list := review.Form(t, review.Path).Submit(t)
		list.WantText(t, "Successfully imported 3 tracked resources.", "3 new, 0 updated, 0 unchanged.", "Tracked resources (3)", "i-1", "Oracle EE")

		again := upload(t, browser, l.ID, file)
		again.WantText(t, "There is nothing to import. All 3 resources are stored as in the file already.", "Choose another file")
		again.WantNoText(t, "Import 3 resources")
		again.Form(t, again.Path).Submit(t).WantText(t, "Nothing changed.")

		changed := upload(t, browser, "", header+"i-1,EC2_INSTANCE,"+webtest.Account+",stopped,8,,\ni-4,EC2_AMI,"+webtest.Account+",,,,\n")
		changed.WantText(t, "New resources 1", "Updated resources 1", "vCPUs consumed after import 4 of 10")
		canceled := changed.Form(t, changed.Path)
		browser.Post(t, changed.Path+"/cancel", nil).WantNoText(t, "Successfully")
		canceled.Submit(t).WantText(t, "The file isn’t there any more.", "Tracked resources (3)")
		browser.Get(t, changed.Path).WantStatus(t, http.StatusNotFound)
	})
}

func TestImportShowsWrongRows(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountVCPU, Count: limit(5), HardLimit: true})
	browser := console.SignIn(t, usage.Editor)
	var file strings.Builder
	file.WriteString(header)
	file.WriteString("i-good,EC2_INSTANCE," + webtest.Account + ",running,4,Oracle,\n")
	file.WriteString("i-more,EC2_INSTANCE," + webtest.Account + ",running,4,Oracle,\n")
	for i := range 10_000 {
		fmt.Fprintf(&file, "<b>%d,ec2,4821,running,-1,Orakel,x\n", i)
	}
	review := upload(t, browser, "", file.String())
	review.WantText(t, "10,001 of 10,002 rows can’t be imported.", "Rows with errors (10,001)", "“Oracle” enforces its limit: 8 vCPUs needed, 5 available.",
		"<b>0", "resource_type", "Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE.", "Enter 12 digits.", "Enter a whole number, 0 or greater.",
		"These are the first 100 errors. The download has all rows.", "Choose another file")
	review.WantNoText(t, "Import 1 resource")

	download := browser.Get(t, review.Path+"/errors.csv")
	if got := download.Header.Get("Content-Disposition"); got != `attachment; filename=inventory-errors.csv` {
		t.Errorf("download as %q", got)
	}
	records, err := csv.NewReader(strings.NewReader(download.Body)).ReadAll()
	if err != nil || len(records) != 10_002 || !slices.Equal(records[0][7:], []string{"line", "column", "problem"}) {
		t.Errorf("%d records, %v", len(records), err)
	}
	refused := review.Form(t, review.Path).Submit(t)
	refused.WantText(t, "Nothing was imported.", "Some rows can’t be imported.", "Step 2 of 2")
	if n, err := console.Store.CountResources(t.Context(), ""); n != 0 || err != nil {
		t.Errorf("%d resources, %v", n, err)
	}
}

func TestImportOfASpreadsheet(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Büro", CountingType: usage.CountVCPU})
	browser := console.SignIn(t, usage.Editor)
	form := browser.Get(t, importPath).Form(t, importPath)
	form.Set("encoding", "windows-1252")
	form.File("file", "inventory.csv", strings.NewReader("sep=;\r\nInstanceId;OwnerId;vCPUs;Licen\xe7a;License\r\ni-1;"+webtest.Account+";4.0;x;B\xfcro\r\n;;;;\r\n"))
	review := form.Submit(t)
	review.WantText(t, "New resources 1", "Rows with errors 0 of 1", "Columns that are not used: Licença.")
	review.Form(t, review.Path).Submit(t).WantText(t, "Successfully imported 1 tracked resource")
	if got, err := console.Store.Consumption(t.Context(), l.ID); err != nil || got.Consumed() != 4 {
		t.Errorf("%d licenses are consumed, %v; want 4", got.Consumed(), err)
	}
}

func TestImportRefusesFiles(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	files := map[string]string{
		"":                             "The file is empty.",
		header:                         "The file has no rows, only a header.",
		"PK\x03\x04\x14\x00\x06\x00":   "The file is a spreadsheet (.xlsx) or a ZIP file. Save the spreadsheet as CSV UTF-8.",
		"resource_id;resource_type\n":  "Column “resource_owner_id” is missing. The file has: “resource_id”, “resource_type”.",
		"resource_type\n":              "CSV file: Column “resource_id” is missing.",
		"resource_id,resource_id\n":    "Column “resource_id” is there twice.",
		header + "i-1,\xe4,1,1,1,,\n":  "The file isn’t UTF-8. Save it as CSV UTF-8, or choose the encoding Windows-1252.",
		header + "i-1,R\x00S,1,1,,,\n": "The file has a NUL byte",
		header + "i-1,\"RDS,1,1,,,\n":  "A quoted value isn’t closed",
		header + strings.Repeat("x", usage.MaxImportRecord+1): "Line 2: The row is longer than 1024 KB.",
		header + strings.Repeat("\"x\n", 3):                   "Line 2",
	}
	for file, want := range files {
		page := upload(t, browser, "", file)
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, "The file wasn’t uploaded. Fix 1 field.", want)
	}
	form := browser.Get(t, importPath).Form(t, importPath)
	page := form.Submit(t)
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "Choose a CSV file.")

	form.Set("license", usage.NewLicenseID())
	form.File("file", "a.csv", strings.NewReader(header+"i-1,RDS,"+webtest.Account+",,,,\n"))
	page = form.Submit(t)
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "The self-managed license that you chose no longer exists. Choose another.")
}

// endless is a file that never ends, made of the same line.
type endless struct{ rest string }

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		e.rest = strings.Repeat("i-1,RDS,"+webtest.Account+","+strings.Repeat("a", 1000)+"\n", 100)
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func TestImportRefusesLargeFiles(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	for name, announced := range map[string]int64{"The file is 301 MB.": 300<<20 + 300, "The file is larger than 256 MB.": -1} {
		body, form := io.Pipe()
		w := multipart.NewWriter(form)
		go func() {
			part, err := w.CreateFormFile("file", "large.csv")
			if err == nil {
				_, err = io.CopyN(part, io.MultiReader(strings.NewReader("resource_id,resource_type,resource_owner_id,resource_arn\n"), &endless{}), 300<<20)
			}
			form.CloseWithError(errOr(err, w.Close()))
		}()
		r := browser.NewRequest(t, http.MethodPost, importPath, nil)
		r.Body, r.ContentLength = body, announced
		r.Header.Set("Content-Type", w.FormDataContentType())
		if announced > 0 { // what the writer adds depends on its boundary
			r.Body = io.NopCloser(io.LimitReader(io.MultiReader(body, &endless{}), announced))
		}
		page := browser.Do(t, r)
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, name+" Choose a file of 256 MB or less, or use the command line.")
	}
}

func errOr(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

func TestImportFormInAnyOrder(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountInstance})
	browser := console.SignIn(t, usage.Editor)
	for i, fields := range [][]string{{"file", "license"}, {"license", "file"}, {"file", "license", "other", "file"}} {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for _, field := range fields {
			var err error
			if field == "file" {
				part, failed := w.CreateFormFile("file", "a.csv")
				err = errOr(failed, failed)
				fmt.Fprintf(part, "%si-%d,RDS,%s,available,,,\n", header, i, webtest.Account)
			} else {
				err = w.WriteField(field, l.Name)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		r := browser.NewRequest(t, http.MethodPost, importPath, nil)
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		r.Header.Set("Content-Type", w.FormDataContentType())
		review := browser.Do(t, r)
		review.WantText(t, "New resources 1", "Instances consumed after import "+fmt.Sprint(i+1))
		review.Form(t, review.Path).Submit(t).WantText(t, "Successfully imported 1 tracked resource.")
	}
}

func TestImportNeedsAForm(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	browser.Post(t, importPath, url.Values{"file": {"x"}}).WantStatus(t, http.StatusUnprocessableEntity)
	r := browser.NewRequest(t, http.MethodPost, importPath, nil)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Body = io.NopCloser(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n" + header))
	browser.Do(t, r).WantStatus(t, http.StatusUnprocessableEntity)
}

func TestImportIsItsOwnersAndForEditors(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	editor, other, viewer := console.SignIn(t, usage.Editor), console.SignIn(t, usage.Administrator), console.SignIn(t, usage.Viewer)
	review := upload(t, editor, "", header+"i-1,RDS,"+webtest.Account+",available,,,\n")
	other.Get(t, review.Path).WantStatus(t, http.StatusNotFound)
	other.Get(t, review.Path+"/errors.csv").WantStatus(t, http.StatusNotFound)
	other.Post(t, review.Path+"/cancel", nil).WantStatus(t, http.StatusOK)
	other.Post(t, review.Path, nil).WantText(t, "The file isn’t there any more.")
	for _, path := range []string{importPath, review.Path, review.Path + "/errors.csv"} {
		viewer.Get(t, path).WantStatus(t, http.StatusForbidden)
	}
	viewer.Get(t, resources).WantNoText(t, "Import tracked resources")
	review.Form(t, review.Path).Submit(t).WantText(t, "Successfully imported 1 tracked resource.")
	viewer.Get(t, resources+"/i-1").WantText(t, "i-1", "available")
}

func TestImportTemplate(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	page := console.SignIn(t, usage.Editor).Get(t, importPath).Follow(t, "Download template")
	if want := strings.Join(usage.ImportColumns(), ",") + "\n"; page.Body != want {
		t.Errorf("template %q, want %q", page.Body, want)
	}
}

func TestReviewCountsEveryLicense(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	a := createLicense(t, console, usage.License{Name: "A", CountingType: usage.CountVCPU, Count: limit(4)})
	createLicense(t, console, usage.License{Name: "B", CountingType: usage.CountInstance})
	console.Import(t, a.ID, header+"i-1,EC2_INSTANCE,"+webtest.Account+",running,2,,\n")
	review := upload(t, console.SignIn(t, usage.Editor), "", header+"i-1,EC2_INSTANCE,"+webtest.Account+",running,16,B,\n")
	review.WantText(t, "Self-managed licenses (2)")
	want := [][]string{{"A", "2", "16", "4", "Over limit"}, {"B", "0", "1", "-", "Available"}}
	if got := review.Rows(); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("licenses %q, want %q", got, want)
	}
}

// The page of an import tells how far it is, from the upload to the end, and the list
// of resources leads there.
func TestImportTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountVCPU, Count: limit(5), HardLimit: true})
		editor, viewer := console.SignIn(t, usage.Editor), console.SignIn(t, usage.Viewer)
		console.Import(t, "", header+"i-9,EC2_INSTANCE,"+webtest.Account+",running,4,,\n")
		console.HoldImports.Store(true)
		page := upload(t, editor, "", header+"i-1,EC2_INSTANCE,"+webtest.Account+",running,4,Oracle,\ni-2,EC2_INSTANCE,"+webtest.Account+",running,4,,\n")
		page.WantText(t, "Checking… 0 of 2 rows", "Nothing has been saved yet.", "Cancel")
		editor.Get(t, resources).WantText(t, "inventory.csv is being checked.")
		viewer.Get(t, resources).WantNoText(t, "inventory.csv")

		if err := console.Inventory.Judge(t.Context()); err != nil {
			t.Fatal(err)
		}
		editor.Fragment(t, page.Path).WantText(t, "Step 2 of 2", "New resources 2", "vCPUs consumed after import 4 of 5")
		editor.Get(t, importPath).WantText(t, "inventory.csv waits for your review.")
		review := editor.Get(t, page.Path)
		applying := review.Form(t, page.Path).Submit(t)
		applying.WantText(t, "Importing… 0 of 2 rows", "You can close this page: the import goes on.")
		applying.WantNoText(t, "Cancel")
		editor.Get(t, resources).WantText(t, "inventory.csv is being imported: 0% done.")
		viewer.Get(t, resources).WantText(t, "inventory.csv is being imported by")
		review.Form(t, page.Path).Submit(t).WantText(t, "Importing… 0 of 2 rows") // a second click

		if _, err := console.Store.Associate(t.Context(), console.Act(), l.ID, []string{"i-9"}); err != nil {
			t.Fatal(err)
		}
		if err := console.Inventory.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := editor.Get(t, page.Path)
		done.WantText(t, "1 row could not be imported.", "New resources 1", "Rows not imported 1 of 2", "“Oracle” enforces its limit: 4 vCPUs needed, 1 available.")
		download := editor.Get(t, page.Path+"/errors.csv")
		if want := "i-1,EC2_INSTANCE," + webtest.Account + ",running,4,Oracle,,2,license,"; !strings.Contains(download.Body, want) {
			t.Errorf("no %s in %s", want, download.Body)
		}
		editor.Get(t, resources).WantNoText(t, "inventory.csv")
	})
}
