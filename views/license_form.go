package views

import (
	"strconv"

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
	Tags              []usage.Tag
	Token             string // of the form, so that a double submit creates one license
	Version           string // of the license that is edited
}

// NewLicenseForm fills the form with a stored license.
func NewLicenseForm(l usage.License) LicenseForm {
	f := LicenseForm{
		Name: l.Name, Description: l.Description, CountingType: l.CountingType, HardLimit: l.HardLimit, Tags: l.Tags,
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
	return NewFieldErrors(errs, fields...)
}

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
	return append(values, formValue{"Tags", tagNames(f.Tags)})
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
