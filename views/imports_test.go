package views

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

func importPages(t testing.TB) map[string]templ.Component {
	details := testLicense(t)
	soft, hard := details.License.License, details.License.License
	soft.HardLimit = false
	form := ImportFormPage{Page: details.Page, License: "lic-1", Licenses: []Option{{Value: "lic-1", Label: hostile}}}
	invalid := form
	invalid.Errors.Add("file", "CSV file", hostile)
	note := ImportNote{ID: "1", FileName: hostile, User: hostile, Stage: ImportReview, Done: 0.5}
	review := ImportPage{Page: details.Page, ImportNote: note, Rows: 9, New: 4, Updated: 3, Licenses: []ImportLicense{{License: soft, Before: 1, After: 25}}}
	several, wrong, same := review, review, review
	several.Licenses = append(several.Licenses, ImportLicense{License: hard, After: 20}, ImportLicense{License: usage.License{Name: hostile}})
	wrong.Wrong, wrong.License = 200, "lic-1"
	wrong.Errors = []usage.RowError{{Line: 3, Column: hostile, Value: hostile, Problem: hostile, ResourceID: hostile}, {Line: 4, Problem: hostile}}
	same.New, same.Updated, same.Unchanged = 0, 0, 7
	checking, applying, done, partly := review, review, review, wrong
	checking.Stage, applying.Stage, done.Stage, partly.Stage = ImportChecking, ImportApplying, ImportDone, ImportDone
	form.Open = []ImportNote{note, {FileName: hostile, User: hostile, Stage: ImportApplying}}
	return map[string]templ.Component{
		"form": ImportForm(form), "invalid": ImportForm(invalid),
		"review": Import(review), "several": Import(several), "wrong": Import(wrong), "same": Import(same),
		"checking": Import(checking), "applying": Import(applying), "done": Import(done), "partly": Import(partly),
	}
}

func TestImportPagesAreSoundHTML(t *testing.T) {
	t.Parallel()
	for name, page := range importPages(t) {
		out := text(t, page)
		checkHTML(t, name, out)
		if strings.Contains(out, "<script>") || strings.Count(out, "<h1") != 1 || strings.Count(out, "autofocus") > 1 {
			t.Errorf("%s: a value is not escaped, or there is not one heading and one focus", name)
		}
	}
}

func TestImportIsOfferedOnlyWhenNothingIsWrong(t *testing.T) {
	t.Parallel()
	pages := importPages(t)
	contains(t, text(t, pages["review"]), []string{"Import 7 resources", "will be over its limit:</strong> 25 of 20 instances", "Previous"}, "Choose another file", "Rows with errors table")
	contains(t, text(t, pages["several"]), []string{"Import 7 resources", "Self-managed licenses table", "Expired"}, "consumed after import</dt>")
	contains(t, text(t, pages["wrong"]), []string{"200 of 9 rows can’t be imported.", "Choose another file", "/tracked-resources/import?license=lic-1"}, "Import 7 resources", "over its limit")
	contains(t, text(t, pages["same"]), []string{"All 7 resources are stored as in the file already."}, "Import 0")
}

func TestImportTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	pages := importPages(t)
	contains(t, text(t, pages["form"]), []string{"waits for your review.", "is being imported by", "0% done."})
	contains(t, text(t, pages["checking"]), []string{"Checking… 4 of 9 rows", "50%", "Cancel", `hx-trigger="every 1s"`, "Refresh import"}, "Import 7 resources")
	contains(t, text(t, pages["applying"]), []string{"Importing… 4 of 9 rows", "You can close this page", `hx-trigger="every 1s"`}, "Cancel")
	contains(t, text(t, pages["done"]), []string{"Successfully imported 7 tracked resources.", "View tracked resources"}, "hx-trigger=", "could not be imported")
	contains(t, text(t, pages["partly"]), []string{"200 rows could not be imported.", "Rows not imported table", "errors.csv"}, "Successfully")
}

func TestImported(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]Flash{
		"Successfully imported 1,284 tracked resources. 1,280 new, 4 updated, 0 unchanged.": Imported(1280, 4, 0),
		"Successfully imported 1 tracked resource. 0 new, 1 updated, 2 unchanged.":          Imported(0, 1, 2),
		"Nothing changed. All 1 resource was stored as in the file already.":                Imported(0, 0, 1),
	} {
		if text := got.Title + " " + got.Text; text != want {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "line 2": "Line 2", "äh": "Äh", "“x”": "“x”"} {
		if got := Sentence(text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
