package inventory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"license-manager/store/usage"
)

// row is a row of the file with what is wrong with it by itself.
type row struct {
	usage.ImportRow
	problems []usage.RowError
}

// appendRow appends the record of a row.
func appendRow(record []byte, line int, cells []string) []byte {
	return appendCells(binary.AppendUvarint(record, uint64(line)), cells...)
}

// mostOfResource is how many bytes the rows of one resource may take: they are
// in memory together.
const mostOfResource = 4 << 20

// rowReader reads the rows of an import in the order of their resources.
type rowReader struct {
	header  *usage.ImportHeader
	records unpacker
	ahead   *row   // read, but not taken
	id      string // of the resource that the last row is about
	size    int    // bytes of its rows so far
}

// take returns the rows of the next resources, at least n unless there are no
// more. All rows of a resource come together, except for those with problems.
func (r *rowReader) take(ctx context.Context, n int) (rows []row, err error) {
	for bytes := 0; ; bytes += r.size {
		if r.ahead == nil {
			if r.ahead, err = r.next(ctx); errors.Is(err, io.EOF) {
				return rows, nil
			} else if err != nil {
				return nil, err
			}
		}
		enough := len(rows) >= n || bytes >= mostOfResource
		if enough && (r.ahead.Resource.ID != rows[len(rows)-1].Resource.ID || len(r.ahead.problems) > 0) {
			return rows, nil
		}
		rows, r.ahead = append(rows, *r.ahead), nil
	}
}

// next reads the next row.
func (r *rowReader) next(ctx context.Context) (*row, error) {
	record, err := r.records.read(ctx)
	if err != nil {
		return nil, err
	}
	line, n := binary.Uvarint(record)
	cells := split(record[n:])
	var next row
	next.ImportRow, next.problems = r.header.Row(int(line), cells)
	if id := r.header.ID(cells); id != r.id {
		r.id, r.size = id, 0
	}
	if r.size += len(record); r.size > mostOfResource && len(next.problems) == 0 {
		problem := fmt.Sprintf("The rows of this resource take more than %d MB.", mostOfResource>>20)
		next.problems = []usage.RowError{{Line: next.Line, Problem: problem, ResourceID: usage.Showable(r.id)}}
	}
	return &next, nil
}
