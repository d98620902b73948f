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
	Conflict *LicenseConflict
}

// LicenseConflict says that someone else changed the license while its form was open.
type LicenseConflict struct {
	By      string
	Ago     string // "3 minutes ago"
	Current LicenseForm
}

// action is where the form posts.
func (p LicenseFormPage) action() string {
	if p.ID == "" {
		return string(SectionLicenses)
	}
	return licenseURL(p.ID, "edit")
}

// cancelURL is where one leaves to without saving.
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

// unit is what the license counts, for the label of its number.
func (f LicenseForm) unit() string {
	if unit := f.CountingType.Unit(2); unit != "" {
		return unit
	}
	return "licenses"
}

// licenseFields are the fields of the form in their order, with the names under which they are posted.
func (f LicenseForm) licenseFields() []Field {
	fields := []Field{
		{ID: "name", Label: "Name"}, {ID: "description", Label: "Description"}, {ID: "counting_type", Label: "License type"},
		{ID: "license_count", Label: "Number of " + f.unit()}, {ID: "hard_limit", Label: "Enforce license limit"},
		{ID: "expires", Label: "License expires"},
	}
	for _, group := range licenseRuleGroups() {
		for _, name := range group.rules {
			fields = append(fields, Field{ID: string(name), Label: ruleLabel(name)})
		}
	}
	return fields
}

// FieldErrors gives errors of the core the labels and the order of the form.
func (f LicenseForm) FieldErrors(errs usage.FieldErrors) FieldErrors {
	var out FieldErrors
	fields := f.licenseFields()
	for _, field := range fields {
		if message := errs.For(field.ID); message != "" {
			out.Add(field.ID, field.Label, message)
		}
	}
	for _, e := range errs {
		known := slices.ContainsFunc(fields, func(f Field) bool { return f.ID == e.Field })
		if !known {
			out.Add(tagField(e.Field))
		}
	}
	for i := range out {
		if out[i].Message == "" {
			out[i].Message = errs.For(out[i].Field)
		}
	}
	return out
}

// Changes lists what someone else's version has otherwise than what was typed.
func (c LicenseConflict) Changes(typed LicenseForm) []Change2 {
	return nil
}

// ruleGroup is a set of rules that the same license types have.
type ruleGroup struct {
	types []usage.CountingType // nil: all
	rules []usage.RuleName
}

func licenseRuleGroups() []ruleGroup {
	return []ruleGroup{
		{rules: []usage.RuleName{usage.AllowedTenancy}},
		{types: []usage.CountingType{usage.CountCore, usage.CountSocket}, rules: []usage.RuleName{usage.LicenseAffinityToHost}},
		{types: []usage.CountingType{usage.CountVCPU}, rules: []usage.RuleName{usage.HonorVCPUOptimization}},
		{types: []usage.CountingType{usage.CountVCPU, usage.CountInstance}, rules: []usage.RuleName{usage.MinimumVCPUs, usage.MaximumVCPUs}},
		{types: []usage.CountingType{usage.CountCore}, rules: []usage.RuleName{usage.MinimumCores, usage.MaximumCores}},
		{types: []usage.CountingType{usage.CountSocket}, rules: []usage.RuleName{usage.MinimumSockets, usage.MaximumSockets}},
	}
}

func ruleLabel(name usage.RuleName) string {
	return strings.ToUpper("x")
}
