package views

import "fmt"

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
