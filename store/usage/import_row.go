package usage

import (
	"fmt"
	"slices"
	"strings"
)

// ImportHeader says which cell of a record is which of ImportColumns.
type ImportHeader struct {
	names []string
	index [15]int // of each of ImportColumns in a record; -1 where absent
}

// NewImportHeader reads the names of the columns. The error is an *ImportError if
// a file with them cannot be an import.
func NewImportHeader(names []string) (*ImportHeader, error) {
	h := &ImportHeader{names: names}
	if err := h.mapColumns(); err != nil {
		return nil, err
	}
	return h, nil
}

// Header returns the names of the columns as written in the file.
func (h *ImportHeader) Header() []string { return h.names }

// ID returns the resource ID of a record; empty if the record has none.
func (h *ImportHeader) ID(cells []string) string {
	if h.index[0] >= len(cells) {
		return ""
	}
	return h.cell(cells, 0)
}

func (h *ImportHeader) mapColumns() error {
	columns := ImportColumns()
	for i := range h.index {
		h.index[i] = -1
	}
	for position, name := range h.names {
		name := strings.ToLower(strings.TrimSpace(name))
		if slices.Contains(ImportErrorColumns(), name) {
			continue
		}
		i := slices.Index(columns, name)
		if i < 0 {
			return &ImportError{Line: 1, Problem: h.unknownColumn(position)}
		}
		if h.index[i] >= 0 {
			return &ImportError{Line: 1, Problem: fmt.Sprintf("Column “%s” is there twice.", columns[i])}
		}
		h.index[i] = position
	}
	for _, required := range RequiredImportColumns() {
		if h.index[slices.Index(columns, required)] < 0 {
			return &ImportError{Line: 1, Problem: fmt.Sprintf("Column “%s” is missing.", required)}
		}
	}
	return nil
}

// unknownColumn says what is wrong with the name of a column. Spreadsheets of
// many countries separate columns by semicolons and still call it CSV.
func (h *ImportHeader) unknownColumn(position int) string {
	if len(h.names) == 1 {
		for mark, name := range map[string]string{";": "semicolons", "\t": "tabs"} {
			if strings.Contains(h.names[0], mark) {
				return "The columns are separated by " + name + ". Separate them by commas."
			}
		}
	}
	return fmt.Sprintf("Column “%s” isn’t known. Use %s.", Showable(h.names[position]), strings.Join(ImportColumns(), ", "))
}

// Row reads the cells of the record that begins on a line, and says what is
// wrong with them.
func (h *ImportHeader) Row(line int, cells []string) (ImportRow, []RowError) {
	row := ImportRow{Line: line, Cells: cells}
	if len(cells) != len(h.names) {
		problem := fmt.Sprintf("The row has %s; the header has %s.", counted(len(cells), "value"), counted(len(h.names), "column"))
		return row, []RowError{{Line: line, Problem: problem}}
	}
	return row, h.parse(&row)
}

// counted is "1 value" or "2 values".
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func (h *ImportHeader) parse(row *ImportRow) []RowError {
	var problems []RowError
	add := func(column int, problem string) {
		problems = append(problems, RowError{
			Line: row.Line, Column: ImportColumns()[column], Value: Showable(h.cell(row.Cells, column)), Problem: problem,
			ResourceID: Showable(h.cell(row.Cells, 0)),
		})
	}
	number := func(column int) *int64 {
		cell := h.cell(row.Cells, column)
		if cell == "" {
			return nil
		}
		n, problem := ParseCount(cell)
		if problem != "" {
			add(column, problem)
			return nil
		}
		return &n
	}
	row.Resource = Resource{
		ID: h.cell(row.Cells, 0), Type: ResourceType(h.cell(row.Cells, 1)), ARN: h.cell(row.Cells, 2), Status: h.cell(row.Cells, 3),
		OwnerAccountID: h.cell(row.Cells, 4), Region: h.cell(row.Cells, 5), Platform: h.cell(row.Cells, 6),
		InstanceType: h.cell(row.Cells, 7), Tenancy: h.cell(row.Cells, 8),
	}
	for _, fe := range row.Resource.Validate() {
		add(slices.Index(ImportColumns(), fe.Field), fe.Message)
	}
	row.Resource.VCPUs, row.Resource.Cores = number(9), number(10)
	row.Resource.Sockets, row.Resource.ThreadsPerCore = number(11), number(12)
	row.License, row.Given = h.cell(row.Cells, 13), number(14)
	return problems
}

// cell returns the value of a column of ImportColumns, without surrounding
// spaces and without what AppendText puts before a formula.
func (h *ImportHeader) cell(cells []string, column int) string {
	position := h.index[column]
	if position < 0 {
		return ""
	}
	return withoutGuard(strings.TrimSpace(cells[position]))
}

// Has reports whether the file has that one of ImportColumns.
func (h *ImportHeader) Has(column string) bool {
	i := slices.Index(ImportColumns(), column)
	return i >= 0 && h.index[i] >= 0
}

// Merge returns what is known of a resource once row was read. An empty cell
// means that the attribute is not known; a column that the file doesn't have
// leaves what is stored.
func (h *ImportHeader) Merge(stored Resource, row ImportRow) Resource {
	r := row.Resource
	r.CreatedAt, r.UpdatedAt = stored.CreatedAt, stored.UpdatedAt
	keepAbsent(h, 2, &r.ARN, stored.ARN)
	keepAbsent(h, 3, &r.Status, stored.Status)
	keepAbsent(h, 5, &r.Region, stored.Region)
	keepAbsent(h, 6, &r.Platform, stored.Platform)
	keepAbsent(h, 7, &r.InstanceType, stored.InstanceType)
	keepAbsent(h, 8, &r.Tenancy, stored.Tenancy)
	keepAbsent(h, 9, &r.VCPUs, stored.VCPUs)
	keepAbsent(h, 10, &r.Cores, stored.Cores)
	keepAbsent(h, 11, &r.Sockets, stored.Sockets)
	keepAbsent(h, 12, &r.ThreadsPerCore, stored.ThreadsPerCore)
	return r
}

// keepAbsent puts back what is stored if the file lacks that one of
// ImportColumns.
func keepAbsent[T any](h *ImportHeader, column int, value *T, stored T) {
	if h.index[column] < 0 {
		*value = stored
	}
}
