package usage

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// ImportColumns returns the columns that an import may have, in the order of
// the template.
func ImportColumns() []string {
	return []string{
		"resource_id", "resource_type", "resource_arn", "resource_status", "resource_owner_id", "region", "platform",
		"instance_type", "tenancy", "vcpus", "cores", "sockets", "threads_per_core", "license", "consumed_licenses",
	}
}

// RequiredImportColumns returns the columns that an import must have.
func RequiredImportColumns() []string {
	return []string{"resource_id", "resource_type", "resource_owner_id"}
}

// ImportErrorColumns returns the columns that the list of rows with errors has
// beside their own. An import passes over them, so that the list can be
// corrected and imported as it is.
func ImportErrorColumns() []string { return []string{"line", "column", "problem"} }

// MaxImportRecord is how many bytes one record of an import may take.
const MaxImportRecord = 1 << 20

// importBuffer is how many bytes are read at once.
const importBuffer = 64 << 10

// ImportRow is one row of an import.
type ImportRow struct {
	Line     int // line of the file on which the record begins, from 1
	Resource Resource
	License  string   // name or id of a license as written; empty for none
	Given    *int64   // consumption as written
	Cells    []string // as written, for the list of rows with errors; valid until the next Read
}

// RowError says what is wrong with one row of an import.
type RowError struct {
	Line    int
	Column  string // name of the column; empty if the whole row is meant
	Value   string // as written
	Problem string

	ResourceID string // as written; empty if it can't be told
}

// ImportError is what makes a file unreadable as a whole, or from a line on.
type ImportError struct {
	Line    int // 0 if no line can be named
	Column  int // byte of the line, from 1; 0 if none can be named
	Problem string
}

// Error returns the problem with its place.
func (e *ImportError) Error() string {
	switch {
	case e.Line == 0:
		return e.Problem
	case e.Column == 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	default:
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
	}
}

// ImportReader reads tracked resources from a CSV file (RFC 4180) in any
// ImportDialect, a row at a time and in constant memory.
type ImportReader struct {
	*ImportHeader
	csv     *csv.Reader
	guard   *recordGuard
	skipped int // lines before the header
	line    int // on which the last record ended
}

// NewImportReader reads the header. The error is an *ImportError if the file
// cannot be an import, or that of r.
func NewImportReader(r io.Reader, d ImportDialect) (*ImportReader, error) {
	guard := &recordGuard{r: r, left: MaxImportRecord}
	text := newImportText(guard, d)
	if begin, _ := text.Peek(4); string(begin) == "PK\x03\x04" {
		return nil, &ImportError{Problem: "The file is a spreadsheet (.xlsx) or a ZIP file. Save the spreadsheet as CSV UTF-8."}
	}
	in := &ImportReader{csv: csv.NewReader(text), guard: guard, skipped: text.skipped}
	in.csv.Comma = text.delimiter
	in.csv.ReuseRecord = true
	in.csv.FieldsPerRecord = -1
	header, err := in.record()
	if errors.Is(err, io.EOF) {
		return nil, &ImportError{Problem: "The file is empty."}
	}
	if err != nil {
		return nil, err
	}
	in.ImportHeader, err = NewImportHeader(slices.Clone(header))
	var wrong *ImportError
	if errors.As(err, &wrong) {
		wrong.Line += in.skipped
	}
	return in, err
}

// Next returns the cells of the next record that has any text, valid until the next
// call, and the line on which it begins. The error is io.EOF at the end, an *ImportError if the
// file can't be read on, or that of the underlying reader.
func (in *ImportReader) Next() (line int, cells []string, err error) {
	for {
		if cells, err = in.record(); err != nil {
			return 0, nil, err
		}
		if slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			line, _ = in.csv.FieldPos(0)
			return line + in.skipped, cells, nil
		}
	}
}

// Read is Next with what the cells mean and what is wrong with them.
func (in *ImportReader) Read() (ImportRow, []RowError, error) {
	line, cells, err := in.Next()
	if err != nil {
		return ImportRow{}, nil, err
	}
	row, problems := in.Row(line, cells)
	return row, problems, nil
}

// record returns the next record, checked to be text.
func (in *ImportReader) record() ([]string, error) {
	in.guard.left = MaxImportRecord
	begin := in.csv.InputOffset()
	record, err := in.csv.Read()
	if err == nil && in.csv.InputOffset()-begin > MaxImportRecord {
		err = errRecordTooLong // part of it was in the buffer already
	}
	if err != nil {
		return nil, in.translate(err)
	}
	for i, cell := range record {
		if problem := notText(cell); problem != "" {
			line, column := in.csv.FieldPos(i)
			return nil, &ImportError{line + in.skipped, column, problem}
		}
	}
	last := len(record) - 1
	line, _ := in.csv.FieldPos(last)
	in.line = line + in.skipped + strings.Count(record[last], "\n")
	return record, nil
}

func (in *ImportReader) translate(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, errRecordTooLong):
		return &ImportError{Line: in.line + 1, Problem: fmt.Sprintf("The row is longer than %d KB.", MaxImportRecord>>10)}
	case errors.As(err, &parse) && errors.Is(err, csv.ErrBareQuote):
		return &ImportError{parse.Line + in.skipped, parse.Column, "A quotation mark (\") stands in a value that isn’t quoted."}
	case errors.As(err, &parse) && errors.Is(err, csv.ErrQuote):
		problem := ImportError{parse.StartLine + in.skipped, parse.Column, "A quoted value isn’t closed, or text follows its end."}
		if parse.Line != parse.StartLine {
			problem.Column = 0 // of a later line; the quotation mark to mend is where the row begins
		}
		return &problem
	default:
		return err // io.EOF or that of the underlying reader
	}
}

func notText(cell string) string {
	switch {
	case !utf8.ValidString(cell): // first, since UTF-16 has NUL bytes, too
		return "The file isn’t UTF-8. Save it as CSV UTF-8, or choose the encoding Windows-1252."
	case strings.IndexByte(cell, 0) >= 0:
		return "The file has a NUL byte: it isn’t a CSV file."
	default:
		return ""
	}
}

// Showable returns s as an error message can carry it: short, and without
// control characters.
func Showable(s string) string {
	const limit = 64
	s = strings.Map(func(c rune) rune {
		if hasControlCharacters(string(c)) {
			return '�'
		}
		return c
	}, s)
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "…"
}

var errRecordTooLong = errors.New("record too long")

// recordGuard ends the reading of a record that would not fit in memory.
type recordGuard struct {
	r    io.Reader
	left int // bytes that the record being read may still take
}

func (g *recordGuard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, errRecordTooLong
	}
	n, err := g.r.Read(p)
	g.left -= n
	return n, err
}
