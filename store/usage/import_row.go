package usage

import (
	"fmt"
	"slices"
	"strings"
)

// ImportHeader says which cell of a record is which of ImportColumns.
type ImportHeader struct {
	names []string
	index [15]int      // of each of ImportColumns in a record; -1 where absent
	of    ResourceType // of all resources, where no column has it
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
	if h.index[0] < 0 && h.index[2] < len(cells) {
		r := Resource{ARN: h.cell(cells, 2)}
		r.fromARN()
		return r.ID
	}
	if h.index[0] >= len(cells) {
		return ""
	}
	return h.cell(cells, 0)
}

func (h *ImportHeader) mapColumns() error {
	for i, column := range ImportColumns() {
		h.index[i] = columnNamed(column, h.names)
		if twice(column, h.names) {
			return &ImportError{Line: 1, Problem: fmt.Sprintf("Column “%s” is there twice.", column)}
		}
	}
	id, arn := h.index[0], h.index[2]
	if id >= 0 {
		h.of = typeOfColumn(h.names[id])
	}
	for _, column := range RequiredImportColumns() {
		missing := h.index[slices.Index(ImportColumns(), column)] < 0
		if told := column == "resource_type" && h.of != "" || column != "resource_type" && arn >= 0; missing && !told {
			return &ImportError{Line: 1, Problem: fmt.Sprintf("Column “%s” is missing. The file has: %s.", column, h.shownNames())}
		}
	}
	return nil
}

// twice reports whether a column is there more than once under its own name.
func twice(column string, names []string) bool {
	n := 0
	for _, name := range names {
		if strings.EqualFold(strings.TrimSpace(name), column) {
			n++
		}
	}
	return n > 1
}

// shownNames are the names of the first columns.
func (h *ImportHeader) shownNames() string {
	const most = 20
	var shown []string
	for _, name := range h.names[:min(len(h.names), most)] {
		shown = append(shown, "“"+Showable(name)+"”")
	}
	if len(h.names) > most {
		shown = append(shown, "…")
	}
	return strings.Join(shown, ", ")
}

// Unused returns the names of the columns that the import passes over, as a page can
// show them.
func (h *ImportHeader) Unused() []string {
	var unused []string
	for i, name := range h.names {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(h.index[:], i) && !slices.Contains(ImportErrorColumns(), strings.ToLower(name)) {
			unused = append(unused, Showable(name))
		}
	}
	return unused
}

// Row reads the cells of the record that begins on a line, and says what is
// wrong with them.
func (h *ImportHeader) Row(line int, cells []string) (ImportRow, []RowError) {
	row := ImportRow{Line: line, Cells: cells}
	for len(cells) > len(h.names) && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) != len(h.names) {
		problem := fmt.Sprintf("The row has %s; the header has %s.", counted(len(cells), "value"), counted(len(h.names), "column"))
		return row, []RowError{{Line: line, Problem: problem}}
	}
	for i, name := range h.names {
		if strings.TrimSpace(name) == "" && strings.TrimSpace(cells[i]) != "" {
			return row, []RowError{{Line: line, Problem: fmt.Sprintf("Column %d has no name.", i+1), Value: Showable(cells[i])}}
		}
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
		n, problem := ParseCount(wholeNumber(cell))
		if problem != "" {
			add(column, problem)
			return nil
		}
		return &n
	}
	row.Resource = Resource{
		ID: h.cell(row.Cells, 0), Type: ResourceType(h.cell(row.Cells, 1)), ARN: h.cell(row.Cells, 2), Status: h.cell(row.Cells, 3),
		OwnerAccountID: accountOf(h.cell(row.Cells, 4)), Region: h.cell(row.Cells, 5), Platform: h.cell(row.Cells, 6),
		InstanceType: h.cell(row.Cells, 7), Tenancy: h.cell(row.Cells, 8),
	}
	if h.of != "" && h.index[1] < 0 {
		row.Resource.Type = h.of
	}
	row.Resource.fromARN()
	for _, fe := range row.Resource.Validate() {
		if fe.Field == "resource_owner_id" && shortened(row.Resource.OwnerAccountID) {
			fe.Message += " A spreadsheet took the leading zeros: format the column as text."
		}
		add(slices.Index(ImportColumns(), fe.Field), fe.Message)
	}
	row.Resource.VCPUs, row.Resource.Cores = number(9), number(10)
	row.Resource.Sockets, row.Resource.ThreadsPerCore = number(11), number(12)
	row.License, row.Given = licenseOf(h.cell(row.Cells, 13)), number(14)
	return problems
}

// shortened reports whether an account has digits only, and a few less than 12.
func shortened(account string) bool {
	return len(account) >= 9 && len(account) < 12 && strings.Trim(account, "0123456789") == ""
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
func keepAbsent[T comparable](h *ImportHeader, column int, value *T, stored T) {
	var unknown T
	if h.index[column] < 0 && stored != unknown {
		*value = stored
	}
}
