package usage_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// readStrict reads CSV as RFC 4180 has it, with line feeds as line ends and
// nothing forgiven: every line ends, quotation marks and carriage returns
// stand in quoted cells only, nothing follows a closing quotation mark but a
// comma or the line end. It keeps what is in the cells byte for byte, which
// encoding/csv does not: that folds CRLF.
func readStrict(text string) ([][]string, error) {
	var records [][]string
	var record []string
	for text != "" {
		cell, rest, err := readCell(text)
		if err != nil {
			return nil, fmt.Errorf("record %d, cell %d: %w", len(records)+1, len(record)+1, err)
		}
		if rest == "" {
			return nil, errors.New("the last line has no end")
		}
		record = append(record, cell)
		if rest[0] == '\n' {
			records, record = append(records, record), nil
		} else if rest[1:] == "" {
			return nil, errors.New("the last line ends with a comma")
		}
		text = rest[1:]
	}
	return records, nil
}

// readCell returns the cell with which text begins, and what follows it: a
// comma or a line feed first.
func readCell(text string) (cell, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, "\",\r\n")
		if end < 0 {
			return text, "", nil
		}
		if text[end] == '"' || text[end] == '\r' {
			return "", "", fmt.Errorf("%q in a cell that isn't quoted", text[end])
		}
		return text[:end], text[end:], nil
	}
	var b strings.Builder
	for text = text[1:]; ; text = text[1:] {
		part, after, closed := strings.Cut(text, `"`)
		if !closed {
			return "", "", errors.New("a quoted cell isn't closed")
		}
		b.WriteString(part)
		if text = after; !strings.HasPrefix(text, `"`) {
			break
		}
		b.WriteByte('"')
	}
	if text != "" && text[0] != ',' && text[0] != '\n' {
		return "", "", fmt.Errorf("%q after a quoted cell", text[0])
	}
	return b.String(), text, nil
}

func TestReadStrict(t *testing.T) {
	t.Parallel()
	got, err := readStrict("a,,\"b\"\"c\"\n\"\",\"d\r\ne\", f \n")
	want := [][]string{{"a", "", `b"c`}, {"", "d\r\ne", " f "}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("records (-want +got):\n%s%v", diff, err)
	}
	for _, bad := range []string{"a", "a,", "a\r\n", "a\"b\n", "\"a\n", "\"a\"b\n", "\"a\" ,b\n", "\"a\"", "a\rb\n", "\"a\"\"\n", "a,\"b\""} {
		if records, err := readStrict(bad); err == nil {
			t.Errorf("%q is read as %q", bad, records)
		}
	}
}

func TestAppendText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":            "",
		"a":           "a",
		"Größe 報告 😀":  "Größe 報告 😀",
		"a b; c|d'e":  "a b; c|d'e",
		"a,b":         `"a,b"`,
		`a"b`:         `"a""b"`,
		`"`:           `""""`,
		`""`:          `""""""`,
		"a\nb":        "a b",
		"a\r\nb":      "a  b",
		"a,\nb":       `"a, b"`,
		"\n":          `" "`,
		" a":          `" a"`,
		"a ":          `"a "`,
		" ":           `" "`,
		"'a":          "'a",
		"#a=b;#c=d":   "#a=b;#c=d",
		"=cmd()":      "'=cmd()",
		"+1":          "'+1",
		"-1":          "'-1",
		"@SUM(A1)":    "'@SUM(A1)",
		"\ta":         "'\ta",
		"\ra":         `"' a"`,
		"=":           "'=",
		"- ":          `"'- "`,
		`=a,"b"`:      `"'=a,""b"""`,
		"=1+1\n":      `"'=1+1 "`,
		"a=b+c-d@e\t": "a=b+c-d@e\t",
		" =1+1":       `" =1+1"`,
	} {
		if got := string(usage.AppendText([]byte("x,"), text)); got != "x,"+want {
			t.Errorf("%q: %s, want x,%s", text, got, want)
		}
	}
}

// written is what a reader of a file gets for a text.
func written(text string) string {
	oneLine := strings.NewReplacer("\n", " ", "\r", " ").Replace(text)
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + oneLine
	}
	return oneLine
}

// hostileTexts are what people and programs have tried.
func hostileTexts() []string {
	return []string{
		"", "a", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", "\r\n", "\n", "\"", "\"\"", ",", "a,b", "a\r\nb", " a ", "'", "'=1",
		"Größe 報告 😀", "\ufeffa", "\x00", "\xff\xfe", ";", "=\"a\",\n\"b\"", "-\"", "\r\"\r", "\u2028",
	}
}

// Whatever a text is made of, a strict reader gets it back, byte for byte, but for
// line feeds and carriage returns.
func FuzzCSV(f *testing.F) {
	texts := hostileTexts()
	for i, text := range texts {
		f.Add(text, texts[len(texts)-1-i], texts[(i+7)%len(texts)])
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		line := append(usage.AppendText(nil, a), ',')
		line = append(usage.AppendText(line, b), ',')
		line = append(usage.AppendText(line, c), '\n')
		got, err := readStrict(string(line))
		if diff := cmp.Diff([][]string{{written(a), written(b), written(c)}}, got); diff != "" || err != nil {
			t.Errorf("%q (-want +got):\n%s%v", line, diff, err)
		}
		filesRoundTrip(t, a, b, c)
	})
}

// filesRoundTrip puts the texts in every cell of the files that takes a text.
func filesRoundTrip(t *testing.T, a, b, c string) {
	t.Helper()
	s := snapshot()
	s.Report.Name, s.License.Name, s.License.Description = a, b, c
	summary, err := readStrict(string(usage.AppendSummary(nil, s, "id")))
	if err != nil || len(summary) != 2 || len(summary[1]) != len(usage.SummaryColumns()) {
		t.Fatalf("summary %q, %v", summary, err)
	}
	row := summary[1]
	if diff := cmp.Diff([]string{written(a), written(b), written(c)}, []string{row[1], row[6], row[7]}); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	r := usage.Resource{ARN: a, ID: b, Type: usage.RDS, Status: c, OwnerAccountID: "000000000001", Region: a, Platform: b, InstanceType: c}
	file := append(usage.ResourceUsageHeader(), usage.AppendResourceUsagePrefix(nil, s, "id")...)
	rows, err := readStrict(string(usage.AppendResourceLine(file, r, usage.Association{Consumed: 3})))
	if err != nil || len(rows) != 2 || len(rows[1]) != len(usage.ResourceUsageColumns()) {
		t.Fatalf("resource usage %q, %v", rows, err)
	}
	want := []string{
		"id", written(a), "2026-11-24T04:05:06Z", s.License.ARN, s.License.ID, written(b), "Core",
		written(a), written(b), "RDS", written(c), "000000000001", written(a), written(b), written(c), "3", "0001-01-01T00:00:00Z",
	}
	if diff := cmp.Diff(want, rows[1]); diff != "" {
		t.Errorf("resource usage (-want +got):\n%s", diff)
	}
}
