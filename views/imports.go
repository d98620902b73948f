package views

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// Paths of the import.
const (
	ImportPath         = string(SectionResources) + "/import"
	ImportTemplatePath = ImportPath + "/template.csv"
)

// ImportURL is the address of the review of an uploaded file.
func ImportURL(id string) string { return ImportPath + "/" + id }

// ImportFormPage is the first step of an import: choosing a file.
type ImportFormPage struct {
	Page
	License  string   // chosen
	Licenses []Option // that can be chosen
	Errors   FieldErrors
}

// licenseOptions has "none" first.
func (p ImportFormPage) licenseOptions() []Option {
	return append([]Option{{Value: "", Label: "Named in the file, or none"}}, p.Licenses...)
}

// ImportReviewPage is the second step of an import: what it would change.
type ImportReviewPage struct {
	Page
	ID       string // of the upload
	FileName string
	License  string // chosen for the file

	Rows, New, Updated, Unchanged int64
	Wrong                         int64            // rows with errors
	Errors                        []usage.RowError // the first ones
	Licenses                      []ImportLicense
}

// ImportLicense is what an import means for a self-managed license.
type ImportLicense struct {
	usage.License
	Before, After int64 // consumed licenses
}

// changes is how many resources the import would write.
func (p ImportReviewPage) changes() int64 { return p.New + p.Updated }

// ready reports whether there is something to import and nothing against it.
func (p ImportReviewPage) ready() bool { return p.Wrong == 0 && p.changes() > 0 }

func (p ImportReviewPage) previousURL() string {
	if p.License == "" {
		return ImportPath
	}
	return licenseImportURL(p.License)
}

// wrongRows is the begin of the sentence about rows with errors: "4 of 126 rows can’t be imported."
func (p ImportReviewPage) wrongRows() string {
	return Number(p.Wrong) + " of " + Count(p.Rows, "row", "rows") + " can’t be imported."
}

func (l ImportLicense) row() LicenseRow { return LicenseRow{License: l.License, Consumed: l.After} }

// consumedAfter is the label of the consumption of the only license of an import.
func (l ImportLicense) consumedAfter() string {
	return l.CountingType.Label() + " consumed after import"
}

// passesLimit reports whether the import takes the license over its limit, or further over it.
func (l ImportLicense) passesLimit() bool { return l.OverLimit(l.After) && l.After > l.Before }

// allowed says why the import is possible over the limit.
func (l ImportLicense) allowed() string {
	if l.HardLimit {
		return "The limit is enforced when resources are associated, not when they grow."
	}
	return "The limit isn’t enforced, so the import is allowed."
}

func (l ImportLicense) ofCount() string {
	if l.Count == nil {
		return ""
	}
	return "of " + Number(*l.Count)
}

func importErrorRows(errors []usage.RowError) templ.Component {
	return render(func(m markup) {
		for _, e := range errors {
			m.raw(`<tr>`).quantity("Row").raw(strconv.Itoa(e.Line)).end()
			m.cell("Resource ID").text(OrMissing(e.ResourceID)).end()
			m.cell("Column").code(e.Column).end()
			m.cell("Value").code(e.Value).end()
			m.raw(`<td class="wide" data-label="Problem">`).text(e.Problem).end()
			m.raw(`</tr>`)
		}
	})
}

// code writes a text as it stands in a file; nothing is shown as missing.
func (m markup) code(text string) markup {
	if text == "" {
		return m.raw(Missing)
	}
	return m.raw(`<code>`).text(text).raw(`</code>`)
}

func importLicenseRows(p ImportReviewPage) templ.Component {
	return render(func(m markup) {
		for _, l := range p.Licenses {
			m.raw(`<tr><td class="rowhead">`).link(licenseURL(l.ID, ""), l.Name).end()
			m.quantity("Consumed now").number(l.Before).end()
			m.quantity("Consumed after import").number(l.After).end()
			m.quantity("Limit")
			if l.Count == nil {
				m.raw(Missing)
			} else {
				m.number(*l.Count)
			}
			m.end()
			kind, state := l.row().state(p.Now)
			m.cell("Status after import").status(kind, state).end()
			m.raw(`</tr>`)
		}
	})
}

// Imported says what an import changed.
func Imported(added, updated, unchanged int64) Flash {
	if added+updated == 0 {
		return Flash{Kind: KindInfo, Title: "Nothing changed.", Text: "All " + Count(unchanged, "resource was", "resources were") + " stored as in the file already."}
	}
	return Flash{
		Kind: KindSuccess, Title: "Successfully imported " + Count(added+updated, "tracked resource", "tracked resources") + ".",
		Text: Number(added) + " new, " + Number(updated) + " updated, " + Number(unchanged) + " unchanged.",
	}
}

// Sentence begins text with a capital letter.
func Sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
