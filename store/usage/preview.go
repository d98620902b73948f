package usage

import (
	"bytes"
	"encoding/csv"
)

// Preview is the beginning of a file as it would be published now.
type Preview struct {
	Type    ReportType
	Columns []string
	Rows    [][]string // the first few, as the file has them
	Total   int64      // rows that the file would have
}

// unknownHex stands for the digits of an identifier that is not fixed before
// a report is saved, or a run made.
const unknownHex = "…"

// NewPreview renders the beginning of a file: a summary as a whole, or the
// rows of the first resources, whose stored lines are given. It is read back
// from the bytes of the file, so that it shows what a reader of the file gets.
func NewPreview(s Snapshot, t ReportType, account Account, lines [][]byte) (Preview, error) {
	if s.Report.ID == "" {
		s.Report.ARN = account.ReportARN(reportIDPrefix + unknownHex)
	}
	id := ReportFileID(s.GeneratedAt, t, unknownHex)
	p := Preview{Type: t, Total: 1}
	var file []byte
	if t == Summary {
		file = AppendSummary(nil, s, id)
	} else {
		p.Total = s.Consumption.Associated()
		file = ResourceUsageHeader()
		prefix := AppendResourceUsagePrefix(nil, s, id)
		for _, line := range lines {
			file = append(append(file, prefix...), line...)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		return Preview{}, err
	}
	p.Columns, p.Rows = rows[0], rows[1:]
	return p, nil
}
