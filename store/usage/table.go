package usage

import (
	"io"
	"strconv"
	"strings"
	"time"
)

// Table writes a list as CSV by the rules of the files that are published:
// header always, RFC 3339 times in UTC, empty for what is not set, and no
// formulas. The cells of a row come in the order of the columns.
type Table struct {
	w    io.Writer
	line []byte // that waits to be written
	cell bool   // the row has one
}

// NewTable begins a table; its header is written with the first rows, or by
// Flush.
func NewTable(w io.Writer, columns ...string) *Table {
	return &Table{w: w, line: header(columns)}
}

// Text adds a cell.
func (t *Table) Text(value string) { t.line = AppendText(t.next(), value) }

// Number adds a cell.
func (t *Table) Number(n int64) { t.line = strconv.AppendInt(t.next(), n, 10) }

// OptionalNumber adds a cell, an empty one for nil.
func (t *Table) OptionalNumber(n *int64) { t.line = appendOptionalInt(t.next(), n) }

// Bool adds a cell, true or false.
func (t *Table) Bool(b bool) { t.line = strconv.AppendBool(t.next(), b) }

// Time adds a cell.
func (t *Table) Time(moment time.Time) { t.line = appendTime(t.next(), moment) }

// OptionalTime adds a cell, an empty one for nil.
func (t *Table) OptionalTime(moment *time.Time) { t.line = appendOptionalTime(t.next(), moment) }

// Tags adds a cell: key=value, joined by ";".
func (t *Table) Tags(tags []Tag) {
	parts := make([]string, len(tags))
	for i, tag := range tags {
		parts[i] = tag.Key + "=" + tag.Value
	}
	t.Text(strings.Join(parts, ";"))
}

// End ends a row.
func (t *Table) End() { t.line, t.cell = append(t.line, '\n'), false }

// Flush writes the rows that wait.
func (t *Table) Flush() error {
	_, err := t.w.Write(t.line)
	t.line = t.line[:0]
	return err
}

func (t *Table) next() []byte {
	if t.cell {
		return append(t.line, ',')
	}
	t.cell = true
	return t.line
}
