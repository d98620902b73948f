package usage

import (
	"strconv"
	"strings"
	"time"
)

// SchemaVersion is the version of the columns of the files.
const SchemaVersion = "1"

// ContentType is the media type of the files (RFC 7111, RFC 4180).
const ContentType = "text/csv; charset=utf-8"

// AppendText appends s as a CSV cell, quoted where RFC 4180 asks for it. A
// text that a spreadsheet would take for a formula gets a leading apostrophe
// (https://owasp.org/www-community/attacks/CSV_Injection). A line feed or
// carriage return is written as a space: Athena and Spark read records by line.
func AppendText(dst []byte, s string) []byte {
	guard := isFormula(s)
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), "\r", " ")
	if !guard && !needsQuotes(s) {
		return append(dst, s...)
	}
	if !needsQuotes(s) {
		return append(append(dst, '\''), s...)
	}
	dst = append(dst, '"')
	if guard {
		dst = append(dst, '\'')
	}
	for {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		dst = append(dst, s[:i]...)
		dst = append(dst, '"', '"')
		s = s[i+1:]
	}
	dst = append(dst, s...)
	return append(dst, '"')
}

// isFormula reports whether a spreadsheet would take s for a formula.
func isFormula(s string) bool { return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 }

// withoutGuard takes away the apostrophe that AppendText puts before a
// formula, so that what was written can be imported again.
func withoutGuard(s string) string {
	if s != "" && s[0] == '\'' && isFormula(s[1:]) {
		return strings.TrimSpace(s[1:])
	}
	return s
}

func needsQuotes(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case ',', '"':
			return true
		}
	}
	return s != "" && (s[0] == ' ' || s[len(s)-1] == ' ')
}

// appendTime appends t as RFC 3339 in UTC with whole seconds.
func appendTime(dst []byte, t time.Time) []byte {
	return t.UTC().AppendFormat(dst, time.RFC3339)
}

func appendOptionalTime(dst []byte, t *time.Time) []byte {
	if t == nil {
		return dst
	}
	return appendTime(dst, *t)
}

func appendOptionalInt(dst []byte, n *int64) []byte {
	if n == nil {
		return dst
	}
	return strconv.AppendInt(dst, *n, 10)
}

// header returns the header line of the columns, with its line feed.
func header(columns []string) []byte {
	return append([]byte(strings.Join(columns, ",")), '\n')
}
