package usage

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// PrefixColumns is how many columns of a resource usage report are the same in
// every row.
const PrefixColumns = 7

// resourceIDColumn is the place of resource_id.
const resourceIDColumn = 8

// ComparedColumns returns the columns of a resource usage report in which two
// reports are compared: what belongs to the resource, without its ID.
func ComparedColumns() []string {
	own := ResourceUsageColumns()[PrefixColumns:]
	return slices.DeleteFunc(own, func(name string) bool { return name == "resource_id" })
}

// Difference is one resource that two resource usage reports tell differently.
type Difference struct {
	ResourceID string
	// The values of ComparedColumns; nil where the resource is not in the report.
	Earlier, Later []string
}

// Added reports whether the resource is in the later report only.
func (d Difference) Added() bool { return d.Earlier == nil }

// Removed reports whether the resource is in the earlier report only.
func (d Difference) Removed() bool { return d.Later == nil }

// DifferenceCount is how many resources differ between two reports.
type DifferenceCount struct {
	Added, Removed, Changed, Same int64
}

// UncomparableError is a file that is not a resource usage report as License
// Manager publishes it: somebody has changed it.
type UncomparableError struct {
	Later   bool // which of the two
	Line    int
	Problem string
}

// Error names the file, the line and the problem.
func (e *UncomparableError) Error() string {
	which := "earlier"
	if e.Later {
		which = "later"
	}
	return fmt.Sprintf("%s report, line %d: %s", which, e.Line, e.Problem)
}

// CompareUsage reads two resource usage reports side by side and calls each
// for every difference, in the order of resource IDs. Since both are in that
// order, one row of each is all that is kept. The values that each gets are
// overwritten afterwards. The error is an *UncomparableError, or that of a
// reader or of each.
func CompareUsage(earlier, later io.Reader, each func(Difference) error) (DifferenceCount, error) {
	var count DifferenceCount
	a, b := newUsageRows(earlier, false), newUsageRows(later, true)
	err := errors.Join(a.open(), b.open())
	for err == nil && (a.more || b.more) {
		order := a.compare(b)
		d := Difference{ResourceID: a.id}
		if order > 0 {
			d.ResourceID = b.id
		}
		if order <= 0 {
			d.Earlier = a.values
		}
		if order >= 0 {
			d.Later = b.values
		}
		if count.add(d) {
			err = each(d)
		}
		if err == nil && order <= 0 {
			err = a.next()
		}
		if err == nil && order >= 0 {
			err = b.next()
		}
	}
	return count, err
}

// add counts a resource and reports whether it differs.
func (c *DifferenceCount) add(d Difference) bool {
	switch {
	case d.Added():
		c.Added++
	case d.Removed():
		c.Removed++
	case slices.Equal(d.Earlier, d.Later):
		c.Same++
		return false
	default:
		c.Changed++
	}
	return true
}

// usageRows reads the rows of a resource usage report.
type usageRows struct {
	csv    *csv.Reader
	guard  *recordGuard
	later  bool
	more   bool // id and values are those of a row
	id     string
	values []string
}

func newUsageRows(r io.Reader, later bool) *usageRows {
	guard := &recordGuard{r: r, left: MaxImportRecord}
	rows := &usageRows{csv: csv.NewReader(bufio.NewReaderSize(guard, importBuffer)), guard: guard, later: later}
	rows.csv.ReuseRecord = true
	return rows
}

// open reads the header and the first row.
func (u *usageRows) open() error {
	header, err := u.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return u.problem("The file is empty.")
	case err != nil:
		return u.explain(err)
	case !slices.Equal(header, ResourceUsageColumns()):
		return u.problem("The columns are not those of a resource usage report.")
	}
	return u.next()
}

// next reads a row; more is false after the last.
func (u *usageRows) next() error {
	u.guard.left = MaxImportRecord
	record, err := u.csv.Read()
	if errors.Is(err, io.EOF) {
		u.more, u.id, u.values = false, "", nil
		return nil
	}
	if err != nil {
		return u.explain(err)
	}
	id := unguarded(record[resourceIDColumn])
	if u.more && id <= u.id {
		return u.problem("The rows are not in the order of their resource IDs.")
	}
	u.more, u.id, u.values = true, id, u.values[:0]
	for i, value := range record[PrefixColumns:] {
		if PrefixColumns+i != resourceIDColumn {
			u.values = append(u.values, unguarded(value))
		}
	}
	return nil
}

// compare tells which row comes first: less than 0 for that of u, 0 for both.
// The end of a report comes after every row.
func (u *usageRows) compare(other *usageRows) int {
	switch {
	case !other.more:
		return -1
	case !u.more:
		return 1
	}
	return strings.Compare(u.id, other.id)
}

// unguarded is the text of a cell as it was before AppendText guarded it.
func unguarded(cell string) string {
	if cell != "" && cell[0] == '\'' && isFormula(cell[1:]) {
		return cell[1:]
	}
	return cell
}

func (u *usageRows) problem(text string) error {
	line := 1
	if u.csv.InputOffset() > 0 {
		line, _ = u.csv.FieldPos(0)
	}
	return &UncomparableError{Later: u.later, Line: line, Problem: text}
}

// explain turns what the CSV reader says about the file into words; errors of
// the file's own reader stay as they are.
func (u *usageRows) explain(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, errRecordTooLong):
		return u.problem("The row is too long.")
	case errors.As(err, &parse):
		return &UncomparableError{Later: u.later, Line: parse.Line, Problem: "The row is not one of a resource usage report."}
	}
	return err
}
