package views

import (
	"slices"
	"strconv"
	"strings"

	"license-manager/store/usage"
)

// LicenseForm is what was typed into the form of a self-managed license.
type LicenseForm struct {
	Name, Description string
	CountingType      usage.CountingType
	Count             string // "license_count"
	HardLimit         bool
	Expires           string // 2006-01-02
	Rules             map[usage.RuleName]string
	Tags              []TagRow
	Token             string // of the form, so that a double submit creates one license
	Version           string // of the license that is edited
}

// NewLicenseForm fills the form with a stored license.
func NewLicenseForm(l usage.License) LicenseForm {
	f := LicenseForm{
		Name: l.Name, Description: l.Description, CountingType: l.CountingType, HardLimit: l.HardLimit,
		Rules: make(map[usage.RuleName]string, len(l.Rules)), Version: strconv.FormatInt(l.Version, 10),
	}
	if l.Count != nil {
		f.Count = strconv.FormatInt(*l.Count, 10)
	}
	if l.ExpiresAt != nil {
		f.Expires = l.ExpiresAt.UTC().Format("2006-01-02")
	}
	for _, rule := range l.Rules {
		f.Rules[rule.Name] = rule.Value
	}
	for _, tag := range l.Tags {
		f.Tags = append(f.Tags, TagRow{Key: tag.Key, Value: tag.Value})
	}
	return f
}

// LicenseFormPage is the page of the forms that create and edit a self-managed license.
type LicenseFormPage struct {
	Page
	ID       string // of the license that is edited; "" creates one
	Form     LicenseForm
	Errors   FieldErrors
	Typed    bool           // the form holds what was typed and is not saved
	Conflict *usage.License // as someone else changed it while the form was open; nil if nobody did
}

func (p LicenseFormPage) action() string {
	if p.ID == "" {
		return string(SectionLicenses)
	}
	return licenseURL(p.ID, "edit")
}

func (p LicenseFormPage) cancelURL() string {
	if p.ID == "" {
		return string(SectionLicenses)
	}
	return licenseURL(p.ID, "")
}

func (p LicenseFormPage) outcome() string {
	if p.ID == "" {
		return "The self-managed license wasn’t created."
	}
	return "The self-managed license wasn’t updated."
}

// countLabel is the label of the number of licenses; console.js changes its last word with the license type.
func (f LicenseForm) countLabel() string {
	return "Number of " + orDefault(f.CountingType.Unit(2), "licenses")
}

// FieldErrors gives errors of the core the labels, the ids and the order of the form.
func (f LicenseForm) FieldErrors(errs usage.FieldErrors) FieldErrors {
	fields := []Field{
		{ID: "name", Label: "Name"}, {ID: "description", Label: "Description"}, {ID: "counting_type", Label: "License type"},
		{ID: "license_count", Label: f.countLabel()}, {ID: "expires", Label: "License expires"},
	}
	for _, group := range licenseRuleGroups() {
		for _, name := range group.rules {
			fields = append(fields, Field{ID: string(name), Label: ruleLabel(name)})
		}
	}
	return fieldErrorsOf(errs, fields)
}

// fieldErrorsOf puts errors of the core into the order of the fields of a form, one per field, under their labels. What
// is left are tags, in the order of the core.
func fieldErrorsOf(errs usage.FieldErrors, fields []Field) FieldErrors {
	var out FieldErrors
	for _, field := range fields {
		if message := errs.For(field.ID); message != "" {
			out.Add(field.ID, field.Label, message)
		}
	}
	for _, e := range errs {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.ID == e.Field }) {
			id, label := tagField(e.Field)
			out.Add(id, label, e.Message)
		}
	}
	return out
}

// tagField is the id and the label of a field of the TagsEditor by the core's name: "tag_key.0", "tag_value.0", "tags".
func tagField(name string) (string, string) {
	part, n, _ := strings.Cut(name, ".")
	i, _ := strconv.Atoi(n)
	switch part {
	case "tag_key":
		return "tag-key-" + n, "Key of tag " + strconv.Itoa(i+1)
	case "tag_value":
		return "tag-value-" + n, "Value of tag " + strconv.Itoa(i+1)
	}
	return name, "Tags"
}

// formValue is a field of a form as text, to compare two versions.
type formValue struct{ label, value string }

func (f LicenseForm) values() []formValue {
	values := []formValue{
		{"Name", f.Name}, {"Description", f.Description}, {f.countLabel(), f.Count}, {"Enforce license limit", yesNo(f.HardLimit)},
		{"License expires", f.Expires},
	}
	for _, group := range licenseRuleGroups() {
		for _, name := range group.rules {
			values = append(values, formValue{ruleLabel(name), f.Rules[name]})
		}
	}
	tags := make([]string, len(f.Tags))
	for i, tag := range f.Tags {
		tags[i] = tag.Key + "=" + tag.Value
	}
	return append(values, formValue{"Tags", strings.Join(tags, ", ")})
}

// otherwise lists the values of the license that is stored now where they differ from what was typed.
func (p LicenseFormPage) otherwise() []formValue {
	var out []formValue
	typed := p.Form.values()
	for i, current := range NewLicenseForm(*p.Conflict).values() {
		if current.value != typed[i].value {
			out = append(out, formValue{current.label, OrMissing(current.value)})
		}
	}
	return out
}

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

// typeTiles are the license types to choose from.
func (f LicenseForm) typeTiles() []Tile {
	descriptions := map[usage.CountingType]string{
		usage.CountVCPU:     "The vCPUs of each resource are counted.",
		usage.CountCore:     "The physical cores of each resource are counted.",
		usage.CountSocket:   "The sockets of each resource are counted.",
		usage.CountInstance: "Each resource counts as one.",
	}
	var tiles []Tile
	for _, t := range usage.CountingTypes() {
		tiles = append(tiles, Tile{Value: string(t), Label: t.Label(), Description: descriptions[t], Checked: t == f.CountingType})
	}
	return tiles
}
