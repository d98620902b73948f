package inventory

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"license-manager/store/usage"
)

// ProblemsShown is how many problems of rows Problems returns at most.
const ProblemsShown = 100

// appendProblems appends the record of a row that can't be imported: its line,
// how many cells it has, the cells, and of each problem the resource, the column,
// the value and the words.
func appendProblems(record []byte, row *row, problems []usage.RowError) []byte {
	record = appendCells(record, strconv.Itoa(row.Line), strconv.Itoa(len(row.Cells)))
	record = appendCells(record, row.Cells...)
	for _, p := range problems {
		record = appendCells(record, p.ResourceID, p.Column, p.Value, p.Problem)
	}
	return record
}

// readProblems reads such a record.
func readProblems(record []byte) (line int, cells []string, problems []usage.RowError) {
	parts := split(record)
	line, _ = strconv.Atoi(parts[0])
	n, _ := strconv.Atoi(parts[1])
	for p := range slices.Chunk(parts[2+n:], 4) {
		problems = append(problems, usage.RowError{Line: line, ResourceID: p[0], Column: p[1], Value: p[2], Problem: p[3]})
	}
	return line, parts[2 : 2+n], problems
}

// Problems returns the first problems of rows that can't be imported, or could
// not be.
func (im *Importer) Problems(ctx context.Context, job Import) ([]usage.RowError, error) {
	var first []usage.RowError
	err := im.eachProblem(ctx, job, func(_ int, _ []string, problems []usage.RowError) error {
		if first = append(first, problems...); len(first) >= ProblemsShown {
			return io.EOF
		}
		return nil
	})
	return first[:min(len(first), ProblemsShown)], err
}

// eachProblem calls fn for each row with problems until it returns io.EOF.
func (im *Importer) eachProblem(ctx context.Context, job Import, fn func(line int, cells []string, problems []usage.RowError) error) error {
	records := im.records(job, problemChunks, 0)
	for {
		record, err := records.read(ctx)
		if err == nil {
			err = fn(readProblems(record))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// WriteProblems writes the rows that can't be imported, or could not be, as CSV:
// as they are in the file, with their line, the column and the problem.
func (im *Importer) WriteProblems(ctx context.Context, job Import, w io.Writer) error {
	header := split(job.Header)
	line := appendOwnCells(nil, header, header)
	line = append(line, strings.Join(usage.ImportErrorColumns(), ",")+"\n"...)
	if _, err := w.Write(line); err != nil {
		return err
	}
	return im.eachProblem(ctx, job, func(number int, cells []string, problems []usage.RowError) error {
		columns, sentences := make([]string, len(problems)), make([]string, len(problems))
		for i, p := range problems {
			columns[i], sentences[i] = p.Column, p.Problem
		}
		line = appendOwnCells(line[:0], header, cells)
		line = append(strconv.AppendInt(line, int64(number), 10), ',')
		line = append(usage.AppendText(line, strings.Join(columns, ", ")), ',')
		line = append(usage.AppendText(line, strings.Join(sentences, " ")), '\n')
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
