package views

import (
	"strings"

	"github.com/a-h/templ"
)

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
