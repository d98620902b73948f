package views

import (
	"strconv"
	"strings"
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
	Encoding string   // chosen
	Licenses []Option // that can be chosen
	Errors   FieldErrors
	Open     []ImportNote // imports of the user that are not over
}

// licenseOptions has "none" first.
func (p ImportFormPage) licenseOptions() []Option {
	return append([]Option{{Value: "", Label: "Named in the file, or none"}}, p.Licenses...)
}

// ImportStage is how far an import is.
type ImportStage string

// The stages, in their order.
const (
	ImportChecking ImportStage = "Checking"
	ImportReview   ImportStage = "Waiting for your review"
	ImportApplying ImportStage = "Importing"
	ImportDone     ImportStage = "Imported"
)

// ImportNote tells of an import elsewhere than on its page.
type ImportNote struct {
	ID       string // empty for that of another user, whose page can't be seen
	FileName string
	User     string
	Stage    ImportStage
	Done     float64 // share of its rows, 0 to 1
}

// ImportPage is an import after its upload.
type ImportPage struct {
	Page
	ImportNote
	License string // chosen for the file

	Rows                    int64
	New, Updated, Unchanged int64            // resources that the import would change, or has changed
	Wrong                   int64            // rows with errors; of one that is done, rows that could not be imported
	Errors                  []usage.RowError // the first ones
	Unused                  []string         // columns of the file that are passed over
	Licenses                []ImportLicense
}

// encodingOptions are the encodings of a file without a byte order mark.
func encodingOptions() []Option {
	return []Option{{Value: string(usage.UTF8), Label: "UTF-8"}, {Value: string(usage.Windows1252), Label: "Windows-1252 (Excel’s CSV in Western Europe and America)"}}
}

// unused names the columns that are passed over.
func (p ImportPage) unused() string {
	const most = 20
	names := p.Unused
	more := ""
	if n := int64(len(names) - most); n > 0 {
		names, more = names[:most], " and "+Number(n)+" more"
	}
	return "Columns that are not used: " + strings.Join(names, ", ") + more + "."
}

// importRegion is the part of the page that changes by itself.
const importRegion = "import"

// rowsDone is "1,200 of 4,000 rows".
func (p ImportPage) rowsDone() string {
	return Number(int64(p.Done*float64(p.Rows))) + " of " + Count(p.Rows, "row", "rows")
}

// goesOn says what goes on.
func (p ImportPage) goesOn() string {
	if p.Stage == ImportChecking {
		return "The file is being checked. Nothing has been saved yet."
	}
	return "The file is being imported. You can close this page: the import goes on."
}

// errorsTitle is the heading of the table of rows with errors.
func (p ImportPage) errorsTitle() string {
	if p.Stage == ImportDone {
		return "Rows not imported"
	}
	return "Rows with errors"
}

// words say what an import is at.
func (n ImportNote) words() string {
	switch {
	case n.Stage == ImportReview:
		return "waits for your review."
	case n.Stage == ImportChecking:
		return "is being checked."
	case n.ID == "":
		return "is being imported by " + n.User + ": " + n.percent() + " done."
	default:
		return "is being imported: " + n.percent() + " done."
	}
}

// percent is "45%".
func (n ImportNote) percent() string { return strconv.Itoa(int(n.Done*100)) + "%" }

// ImportLicense is what an import means for a self-managed license.
type ImportLicense struct {
	usage.License
	Before, After int64 // consumed licenses
}

// changes is how many resources the import would write.
func (p ImportPage) changes() int64 { return p.New + p.Updated }

// ready reports whether there is something to import and nothing against it.
func (p ImportPage) ready() bool { return p.Wrong == 0 && p.changes() > 0 }

func (p ImportPage) previousURL() string {
	if p.License == "" {
		return ImportPath
	}
	return licenseImportURL(p.License)
}

// wrongRows is the begin of the sentence about rows with errors: "4 of 126 rows can’t be imported."
func (p ImportPage) wrongRows() string {
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

func importLicenseRows(p ImportPage) templ.Component {
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
