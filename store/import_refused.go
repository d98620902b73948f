package store

import (
	"cmp"
	"encoding/binary"
	"io"
	"slices"
	"strconv"
	"strings"

	"license-manager/store/usage"
)

// refusedRows collects what is wrong with the rows of an import: a few errors
// to show and, where they are asked for, all rows with theirs.
type refusedRows struct {
	count int64
	first []usage.RowError
	all   *sorter // nil unless asked for; by line: columns, problems and the row's own cells
}

// add refuses a row.
func (r *refusedRows) add(row usage.ImportRow, problems ...usage.RowError) error {
	r.count++
	r.first = append(r.first, problems...)
	if len(r.first) >= 4*ImportErrorsShown {
		r.trim()
	}
	if r.all == nil {
		return nil
	}
	columns, sentences := make([]string, len(problems)), make([]string, len(problems))
	for i, p := range problems {
		columns[i], sentences[i] = p.Column, p.Problem
	}
	cells := append([]string{strings.Join(columns, ", "), strings.Join(sentences, " ")}, row.Cells...)
	return r.all.add(lineKey(row.Line), appendCells(nil, cells))
}

// trim keeps the first errors by line.
func (r *refusedRows) trim() {
	slices.SortStableFunc(r.first, func(a, b usage.RowError) int { return cmp.Compare(a.Line, b.Line) })
	r.first = r.first[:min(len(r.first), ImportErrorsShown)]
}

// err returns an *ImportRefusedError if any row was refused, of so many.
func (r *refusedRows) err(rows int64) error {
	if r.count == 0 {
		return nil
	}
	r.trim()
	return &ImportRefusedError{Rows: rows, Wrong: r.count, Errors: r.first}
}

// write writes all refused rows as CSV with a header.
func (r *refusedRows) write(w io.Writer, header []string) error {
	line := appendOwnCells(nil, header, header)
	line = append(line, strings.Join(usage.ImportErrorColumns(), ",")+"\n"...)
	if _, err := w.Write(line); err != nil {
		return err
	}
	var cells []string
	return r.all.each(func(key, record []byte) error {
		cells = appendedCells(cells[:0], record)
		line = appendOwnCells(line[:0], header, cells[2:])
		line = append(strconv.AppendUint(line, binary.BigEndian.Uint64(key), 10), ',')
		line = append(usage.AppendText(line, cells[0]), ',')
		line = append(usage.AppendText(line, cells[1]), '\n')
		_, err := w.Write(line)
		return err
	})
}

// appendOwnCells appends the cells of a row, each with a comma, except those
// of a list of wrong rows, which the file may have been once. A row may have
// fewer cells than the header, or more: then the last column has the rest.
func appendOwnCells(dst []byte, header, cells []string) []byte {
	for i, name := range header {
		if slices.Contains(usage.ImportErrorColumns(), strings.ToLower(strings.TrimSpace(name))) {
			continue
		}
		switch {
		case i == len(header)-1 && len(cells) > len(header):
			dst = usage.AppendText(dst, strings.Join(cells[i:], ","))
		case i < len(cells):
			dst = usage.AppendText(dst, cells[i])
		}
		dst = append(dst, ',')
	}
	return dst
}
