package views

import (
	"slices"
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
	Tags        []TagRow
	Version     string // that was read, when editing
	Token       string // makes two submits of one form create one report
	Errors      FieldErrors
}

// ReportFormPage is the form of a usage report: of a new one, or of one that is edited.
type ReportFormPage struct {
	Page
	Form     ReportForm
	Licenses []Option // with the form's own, even if a new report could not choose it
	Bucket   ReportBucket
	ID       string          // of the report that is edited
	OldName  string          // its stored name
	Conflict *ReportConflict // somebody else saved meanwhile; nil if not
	Previews []usage.Preview // of the files, if they were asked for
	Typed    bool            // the form holds what was typed and is not saved
}

// ReportBucket is where the files will go.
type ReportBucket struct {
	Name   string // empty if not even the name is known
	Exists bool   // otherwise it is created with the report
}

// ReportConflict is what somebody else saved while the form was open.
type ReportConflict struct {
	Message string
	Current []string // the stored values that differ from those in the form: "Frequency: Once every 7 days"
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
	return fieldErrorsOf(errs, []Field{
		{ID: "name", Label: "Name"}, {ID: "description", Label: "Description"}, {ID: "license", Label: "Self-managed license"},
		{ID: "type", Label: "Report types"}, {ID: "frequency", Label: "Frequency"},
	})
}

// errors are those of the form; where there is no license to choose, that is what is wrong.
func (p ReportFormPage) errors() FieldErrors {
	errs := slices.Clone(p.Form.Errors)
	for i := range errs {
		if errs[i].Field == "license" && len(p.Licenses) == 0 {
			errs[i].Message = "There are no self-managed licenses. Create a self-managed license first."
		}
	}
	return errs
}

// NewReportConflict says who changed a report while a form of it was open, and which of the stored values are not those
// in the form.
func NewReportConflict(clock Clock, stored ReportItem, typed ReportForm) *ReportConflict {
	when := clock.Relative(stored.UpdatedAt)
	if !strings.HasSuffix(when, "ago") {
		when = "a moment ago"
	}
	c := &ReportConflict{Message: "This usage report was changed by " + orDefault(stored.UpdatedBy, "someone else") + " " + when + ". Review the current values and save again."}
	differ := func(label, current string, same bool) {
		if !same {
			c.Current = append(c.Current, label+": "+OrMissing(current))
		}
	}
	differ("Name", stored.Name, stored.Name == typed.Name)
	differ("Description", stored.Description, stored.Description == typed.Description)
	differ("Self-managed license", stored.License, stored.LicenseID == typed.License)
	differ("Report types", typeNames(stored.Types), slices.EqualFunc(stored.Types, typed.Types, func(t usage.ReportType, value string) bool { return string(t) == value }))
	differ("Frequency", stored.Frequency.Label(), string(stored.Frequency) == typed.Frequency)
	differ("Tags", tagNames(stored.Tags), slices.EqualFunc(stored.Tags, typed.Tags, func(tag usage.Tag, row TagRow) bool { return tag.Key == row.Key && tag.Value == row.Value }))
	return c
}

func typeNames(types usage.ReportTypes) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.ShortLabel()
	}
	return strings.Join(names, ", ")
}

func tagNames(tags []usage.Tag) string {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = tag.Key + "=" + tag.Value
	}
	return strings.Join(names, ", ")
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
