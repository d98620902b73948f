package views

import (
	"slices"
	"strconv"
	"strings"

	"license-manager/store/usage"
)

// ReportForm is what was typed into the form of a usage report.
type ReportForm struct {
	Name        string
	Description string
	License     string   // id
	Types       []string // usage.ReportType
	Frequency   string   // usage.Frequency
	Tags        []usage.Tag
	Version     string // that was read, when editing
	Token       string // makes two submits of one form create one report
}

// NewReportForm fills the form with a stored report.
func NewReportForm(r usage.Report) ReportForm {
	f := ReportForm{
		Name: r.Name, Description: r.Description, License: r.LicenseID, Frequency: string(r.Frequency), Tags: r.Tags, Version: strconv.FormatInt(r.Version, 10),
	}
	for _, t := range r.Types {
		f.Types = append(f.Types, string(t))
	}
	return f
}

// ReportFormPage is the form of a usage report: of a new one, or of one that is edited.
type ReportFormPage struct {
	Page
	Form     ReportForm
	Errors   FieldErrors
	Licenses []Option // with the form's own, even if a new report could not choose it
	Bucket   ReportBucket
	ID       string          // of the report that is edited
	OldName  string          // its stored name
	Conflict *usage.Report   // as somebody else changed it while the form was open; nil if nobody did
	Previews []usage.Preview // of the files, if they were asked for
	Typed    bool            // the form holds what was typed and is not saved
}

// ReportBucket is where the files will go.
type ReportBucket struct {
	Name   string // empty if not even the name is known
	Exists bool   // otherwise it is created with the report
}

// newBucketName stands for the name of a bucket that will be created.
const newBucketName = "aws-license-manager-service-…"

func (b ReportBucket) name() string { return orDefault(b.Name, newBucketName) }

// LicenseOption is a license in the drop-down of a usage report.
func LicenseOption(l usage.License, consumed int64) Option {
	text := l.Name + " — " + Number(consumed)
	unit := l.CountingType.Unit(consumed)
	if l.Count != nil {
		text += " of " + Number(*l.Count)
		unit = l.CountingType.Unit(*l.Count)
	}
	return Option{Value: l.ID, Label: text + " " + unit + " consumed"}
}

// licenseOptions are the choices with a placeholder before them.
func (p ReportFormPage) licenseOptions() []Option {
	return append([]Option{{Label: "Choose a self-managed license"}}, p.Licenses...)
}

// typeTiles are the report types with those checked that are chosen.
func (f ReportForm) typeTiles() []Tile {
	descriptions := map[usage.ReportType]string{
		usage.Summary:       "Licenses consumed, license count, license rules, and the distribution across resource types.",
		usage.ResourceUsage: "Each tracked resource with its license ID, status, owner account, and consumption.",
	}
	var tiles []Tile
	for _, t := range usage.AllReportTypes() {
		tiles = append(tiles, Tile{Value: string(t), Label: t.Label(), Description: descriptions[t], Checked: slices.Contains(f.Types, string(t))})
	}
	return tiles
}

// frequencyTiles tell how many files each frequency makes of the chosen types.
func (f ReportForm) frequencyTiles() []Tile {
	chosen := 0
	for _, t := range usage.AllReportTypes() {
		if slices.Contains(f.Types, string(t)) {
			chosen++
		}
	}
	var tiles []Tile
	for _, frequency := range usage.Frequencies() {
		about := "No report type is chosen" // it takes the place of a number that was there, and keeps it
		if chosen > 0 {
			about = "About " + Number(int64(frequency.RunsPerYear()*chosen)) + " files a year"
		}
		tiles = append(tiles, Tile{Value: string(frequency), Label: frequency.Label(), Description: about, Checked: f.Frequency == string(frequency)})
	}
	return tiles
}

// renamed reports whether the form gives the report another name than the stored one, and thereby another folder.
func (p ReportFormPage) renamed() bool {
	name := strings.TrimSpace(p.Form.Name)
	return p.ID != "" && name != "" && name != p.OldName
}

// FieldErrors gives errors of the core the labels, the ids and the order of the form.
func (f ReportForm) FieldErrors(errs usage.FieldErrors) FieldErrors {
	return NewFieldErrors(errs, Field{ID: "name", Label: "Name"}, Field{ID: "description", Label: "Description"}, Field{ID: "license", Label: "Self-managed license"},
		Field{ID: "type", Label: "Report types"}, Field{ID: "frequency", Label: "Frequency"})
}

// errors are those of the form; where there is no license to choose, that is what is wrong.
func (p ReportFormPage) errors() FieldErrors {
	errs := slices.Clone(p.Errors)
	for i := range errs {
		if errs[i].Field == "license" && len(p.Licenses) == 0 {
			errs[i].Message = "There are no self-managed licenses. Create a self-managed license first."
		}
	}
	return errs
}

// values are the fields of a form as text.
func (p ReportFormPage) values(f ReportForm) []formValue {
	license := ""
	for _, option := range p.Licenses {
		if option.Value == f.License {
			license = option.Label
		}
	}
	var types []string
	for _, t := range usage.AllReportTypes() {
		if slices.Contains(f.Types, string(t)) {
			types = append(types, t.ShortLabel())
		}
	}
	return []formValue{
		{"Name", f.Name}, {"Description", f.Description}, {"Self-managed license", license}, {"Report types", strings.Join(types, ", ")},
		{"Frequency", usage.Frequency(f.Frequency).Label()}, {"Tags", tagNames(f.Tags)},
	}
}

// outcome is what did not happen, if there are errors.
func (p ReportFormPage) outcome() string {
	if p.ID == "" {
		return "The usage report wasn’t created."
	}
	return "The usage report wasn’t updated."
}

// action is where the form posts.
func (p ReportFormPage) action() string {
	if p.ID == "" {
		return string(SectionReports)
	}
	return ReportURL(p.ID) + "/edit"
}

// createLike is the form of a new report that is filled like another one.
func createLike(id string) string { return string(SectionReports) + "/create?from=" + id }

// self is the address of the empty or stored form; as a fragment it answers what follows from a change in the form.
func (p ReportFormPage) self() string {
	if p.ID == "" {
		return string(SectionReports) + "/create"
	}
	return p.action()
}

// cancel is where the form leads without saving.
func (p ReportFormPage) cancel() string {
	if p.ID == "" {
		return string(SectionReports)
	}
	return ReportURL(p.ID)
}
