package usage

import (
	"io"
	"slices"
)

// DifferenceKind is how two resource usage reports differ in a resource.
type DifferenceKind string

// The kinds.
const (
	Added   DifferenceKind = "added"   // in the later report only
	Removed DifferenceKind = "removed" // in the earlier report only
	Changed DifferenceKind = "changed" // in both, with other values
)

// DifferenceKinds returns all kinds, in the order in which they are shown.
func DifferenceKinds() []DifferenceKind { return []DifferenceKind{Added, Removed, Changed} }

// Label returns the word shown for k.
func (k DifferenceKind) Label() string {
	switch k {
	case Added:
		return "Added"
	case Removed:
		return "Removed"
	case Changed:
		return "Changed"
	default:
		return "Unknown"
	}
}

// Kind returns how the reports differ in the resource.
func (d Difference) Kind() DifferenceKind {
	switch {
	case d.Added():
		return Added
	case d.Removed():
		return Removed
	default:
		return Changed
	}
}

// Type returns the resource type, as far as the reports know it: the later one
// before the earlier.
func (d Difference) Type() ResourceType {
	values := d.Later
	if d.Removed() {
		values = d.Earlier
	}
	return ResourceType(values[typeColumn])
}

// The places in ComparedColumns of what is told of each difference.
const (
	typeColumn     = 1
	consumedColumn = 7
)

// FieldDifference is a column in which two reports differ.
type FieldDifference struct {
	Column         string // one of ComparedColumns
	Earlier, Later string // empty if it is not set, or the resource not in the report
}

// Fields returns the columns in which the reports differ. Of a resource that
// is in one of them only, it is what the resource consumes.
func (d Difference) Fields() []FieldDifference {
	columns := ComparedColumns()
	switch d.Kind() {
	case Added:
		return []FieldDifference{{Column: columns[consumedColumn], Later: d.Later[consumedColumn]}}
	case Removed:
		return []FieldDifference{{Column: columns[consumedColumn], Earlier: d.Earlier[consumedColumn]}}
	case Changed:
	}
	var fields []FieldDifference
	for i, column := range columns {
		if d.Earlier[i] != d.Later[i] {
			fields = append(fields, FieldDifference{column, d.Earlier[i], d.Later[i]})
		}
	}
	return fields
}

// Clone returns a copy whose values stay as they are.
func (d Difference) Clone() Difference {
	d.Earlier, d.Later = slices.Clone(d.Earlier), slices.Clone(d.Later)
	return d
}

// Total is how many resources differ.
func (c DifferenceCount) Total() int64 { return c.Added + c.Removed + c.Changed }

// Of is how many resources differ in that way, or in any if k is none.
func (c DifferenceCount) Of(k DifferenceKind) int64 {
	switch k {
	case Added:
		return c.Added
	case Removed:
		return c.Removed
	case Changed:
		return c.Changed
	default:
		return c.Total()
	}
}

// DifferenceColumns returns the columns of the CSV file of a comparison.
func DifferenceColumns() []string {
	return []string{"change", "resource_id", "resource_type", "field", "from", "to"}
}

// DifferenceWriter writes differences as CSV: a row for each field. What is
// written comes in large pieces.
type DifferenceWriter struct{ table *Table }

// differenceBuffer is how many bytes are written at once.
const differenceBuffer = 64 << 10

// NewDifferenceWriter begins a file; its header waits for the first rows, or
// for Flush.
func NewDifferenceWriter(w io.Writer) *DifferenceWriter {
	return &DifferenceWriter{NewTable(w, DifferenceColumns()...)}
}

// Write adds the rows of a difference.
func (w *DifferenceWriter) Write(d Difference) error {
	for _, f := range d.Fields() {
		for _, cell := range []string{string(d.Kind()), d.ResourceID, string(d.Type()), f.Column, f.Earlier, f.Later} {
			w.table.Text(cell)
		}
		w.table.End()
	}
	if len(w.table.line) < differenceBuffer {
		return nil
	}
	return w.Flush()
}

// Flush writes what waits.
func (w *DifferenceWriter) Flush() error { return w.table.Flush() }
