package views

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// FieldError says what is wrong with one field.
type FieldError struct {
	Field   string // id of the control, to which the summary links
	Label   string // its name as shown
	Message string // a sentence
}

// FieldErrors are the errors of one form, in the order of its fields. The zero value has none.
type FieldErrors []FieldError

// Add appends an error; the first error of a field is the one shown beside it.
func (e *FieldErrors) Add(field, label, message string) {
	*e = append(*e, FieldError{Field: field, Label: label, Message: message})
}

// Of returns the message of a field, "" when it is valid.
func (e FieldErrors) Of(field string) string {
	for _, fieldError := range e {
		if fieldError.Field == field {
			return fieldError.Message
		}
	}
	return ""
}

// First reports whether the field is the first invalid one: the one that gets the focus.
func (e FieldErrors) First(field string) bool {
	return len(e) > 0 && e[0].Field == field
}

// Fields is the number of invalid fields.
func (e FieldErrors) Fields() int {
	seen := make(map[string]bool, len(e))
	for _, fieldError := range e {
		seen[fieldError.Field] = true
	}
	return len(seen)
}

// Summary is the heading over the errors; outcome is what did not happen: "The usage report wasn’t created."
func (e FieldErrors) Summary(outcome string) string {
	return fmt.Sprintf("%s Fix %s.", outcome, Count(int64(e.Fields()), "field", "fields"))
}

// NewFieldErrors puts errors of the core into the order of the fields of a form, one per field, under their labels. What
// is left are tags, in the order of the core.
func NewFieldErrors(errs usage.FieldErrors, fields ...Field) FieldErrors {
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

// changedValues are the stored values that differ from those that were typed. Both have the same fields.
func changedValues(stored, typed []formValue) []formValue {
	var changed []formValue
	for i, now := range stored {
		if now.value != typed[i].value {
			changed = append(changed, formValue{now.label, OrMissing(now.value)})
		}
	}
	return changed
}

func tagNames(tags []usage.Tag) string {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = tag.Key + "=" + tag.Value
	}
	return strings.Join(names, ", ")
}

// Field is one control of a form with everything written around it.
type Field struct {
	ID    string // of the control, the target of the error summary; also the base of the ids around it
	Name  string // under which it is posted; the ID if empty
	Label string
	Value string // as typed

	Optional    bool   // adds "- optional" to the label
	Hint        string // between label and control: what to choose
	Constraint  string // under the control: what is allowed
	Placeholder string

	Autocomplete string
	Autofocus    bool             // at first; once there are errors, the first invalid field has the focus
	Rows         int              // of a TextArea; 0 means 2
	Attrs        templ.Attributes // more attributes of the control
}

// Option is one entry of a Select.
type Option struct {
	Value, Label string
}

// OptionGroup is a part of a GroupedSelect.
type OptionGroup struct {
	Label   string
	Options []Option
}

// userNameInput keeps phones from "correcting" user names.
func userNameInput() templ.Attributes {
	return templ.Attributes{"autocapitalize": "none", "spellcheck": "false"}
}

func (f Field) name() string {
	if f.Name != "" {
		return f.Name
	}
	return f.ID
}

// describedBy lists the ids of the texts that explain the control, "" for none.
func (f Field) describedBy(errs FieldErrors) string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if errs.Of(f.ID) != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Constraint != "" {
		ids = append(ids, f.ID+"-constraint")
	}
	return strings.Join(ids, " ")
}

// attributes are those that every kind of control has.
func (f Field) attributes(errs FieldErrors) templ.OrderedAttributes {
	attrs := templ.OrderedAttributes{{Key: "id", Value: f.ID}, {Key: "name", Value: f.name()}}
	add := func(key string, value any) {
		attrs = append(attrs, templ.KeyValue[string, any]{Key: key, Value: value})
	}
	if f.Placeholder != "" {
		add("placeholder", f.Placeholder)
	}
	if f.Autocomplete != "" {
		add("autocomplete", f.Autocomplete)
	}
	if ids := f.describedBy(errs); ids != "" {
		add("aria-describedby", ids)
	}
	if errs.Of(f.ID) != "" {
		add("aria-invalid", "true")
	}
	if f.focused(errs) {
		add("autofocus", true)
	}
	return append(attrs, f.Attrs.Items()...)
}

// focused reports whether the page opens with the cursor in this field.
func (f Field) focused(errs FieldErrors) bool {
	return errs.First(f.ID) || (f.Autofocus && len(errs) == 0)
}

// aboutTile is the id of the description of a tile.
func (f Field) aboutTile(tile Tile) string { return f.ID + "-" + tile.Value + "-about" }

// tileAttributes are those of the i-th control of a group. The first one stands for the group in the error summary.
func (f Field) tileAttributes(i int, tile Tile, errs FieldErrors) templ.OrderedAttributes {
	first := Field{ID: f.ID, Name: f.name(), Autofocus: f.Autofocus, Attrs: f.Attrs}
	if i == 0 {
		return first.attributes(errs)
	}
	return Field{ID: f.ID + "-" + tile.Value, Name: f.name(), Attrs: f.Attrs}.attributes(nil)
}
