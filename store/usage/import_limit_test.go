package usage_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"license-manager/store/usage"
)

// endless gives the same bytes for ever, and counts them.
type endless struct {
	text  string
	given int
}

func (e *endless) Read(p []byte) (int, error) {
	for n := range p {
		p[n] = e.text[(e.given+n)%len(e.text)]
	}
	e.given += len(p)
	return len(p), nil
}

// A row without an end is given up once it is too long: nothing of it is
// kept, since it is not even read.
func TestImportEndlessRow(t *testing.T) {
	t.Parallel()
	const tooLong, buffers = "The row is longer than 1024 KB.", 128 << 10
	for name, c := range map[string]struct {
		before, endless string
		line            int
	}{
		"header":            {"", "x", 1},
		"columns":           {"", "resource_id,", 1},
		"value":             {required + "\n" + goodRow + "\n", "x", 3},
		"values":            {required + "\n" + goodRow + "\n", ",", 3},
		"quoted":            {required + "\n" + goodRow + "\ni-2,\"", "x", 3},
		"quoted lines":      {required + "\n" + goodRow + "\ni-2,\"", "x\n", 3},
		"quoted quotes":     {required + "\n" + goodRow + "\ni-2,\"", `""`, 3},
		"after quoted line": {required + ",platform\n" + goodRow + ",\"a\nb\"\n", "x", 4},
		"NUL bytes":         {required + "\n", "\x00", 2},
	} {
		end := &endless{text: c.endless}
		_, err := readImport(io.MultiReader(strings.NewReader(c.before), end))
		want := fmt.Sprintf("line %d: %s", c.line, tooLong)
		if message(err) != want || end.given > usage.MaxImportRecord+buffers {
			t.Errorf("%s: %v after %d bytes, want %s", name, err, end.given, want)
		}
	}
}

// The limit of a row is exact, wherever the row lies in the buffer.
func TestImportRecordLimit(t *testing.T) {
	t.Parallel()
	header, begin, end := required+",platform\n", "i-1,EC2_INSTANCE,000123456789,", "\n"
	for _, before := range []int{0, 1, 1000, 1639, 5000} {
		for _, extra := range []int{-1, 0, 1, 4096, 64 << 10} {
			long := begin + strings.Repeat("x", usage.MaxImportRecord-len(begin)-len(end)+extra) + end
			file := header + strings.Repeat(goodRow+",\n", before) + long + goodRow + ",\n"
			got, err := readImport(strings.NewReader(file))
			wantRows, want := before+2, ""
			if extra > 0 {
				wantRows, want = before, fmt.Sprintf("line %d: The row is longer than 1024 KB.", before+2)
			}
			if message(err) != want || len(got.Rows) != wantRows {
				t.Errorf("%d bytes after %d rows: %d rows, %v", len(long), before, len(got.Rows), err)
			}
		}
	}
}

// The error of the file itself comes through as it is.
func TestImportBrokenReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	for _, before := range []string{"", "r", required, required + "\n", required + "\n" + goodRow, required + "\ni-1,\"RD"} {
		if _, err := readImport(io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("after %q: %v", before, err)
		}
	}
}

// Whatever the file is, the reader ends, keeps to its limit, and names places
// that exist.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		"", bom, required, required + "\n" + goodRow, bom + `"resource_id",resource_type,resource_owner_id` + "\r\n\"i\"\"1\",RDS,1\r\n",
		required + ",license,consumed_licenses\ni-1,EC2_AMI,000000000001,Oracle EE,-1\n", required + "\n\"\n\n", required + "\n\xff,\x00,\"a\"b\n",
		strings.Join(usage.ImportColumns(), ",") + "\n" + strings.Repeat("1,", 14) + "1\n" + strings.Repeat("9", 40) + "\n", "resource_id;x\n", "PK\x03\x04",
		required + "\n=cmd(),@x,+1\n\u202e,\u200d,é\n", required + "\r\r\n,,\r",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		lines := bytes.Count(file, []byte("\n")) + 1
		got, err := readImport(bytes.NewReader(file))
		var unreadable *usage.ImportError
		if err != nil && (!errors.As(err, &unreadable) || unreadable.Problem == "" || unreadable.Line > lines || unreadable.Column > len(file)+1) {
			t.Errorf("%d lines: %#v", lines, err)
		}
		last := 1
		for _, row := range got.Rows {
			size := len(strings.Join(row.Cells, ","))
			if row.Line <= last || row.Line > lines || size > usage.MaxImportRecord || size > len(file) {
				t.Errorf("row on line %d of %d after %d, %d bytes", row.Line, lines, last, size)
			}
			last = row.Line
		}
		for _, e := range got.Errors {
			if e.Line <= 1 || e.Line > lines || e.Problem == "" || len(e.Value) > 65*4 {
				t.Errorf("error %#v in %d lines", e, lines)
			}
		}
	})
}

// manyRows is a file of n rows with all columns.
func manyRows(n int) string {
	return strings.Join(usage.ImportColumns(), ",") + "\n" + strings.Repeat(
		"i-0123456789abcdef0,EC2_INSTANCE,arn:aws:ec2:us-east-1:000123456789:instance/i-0123456789abcdef0,running,000123456789,us-east-1,Linux/UNIX,m7i.4xlarge,default,16,8,1,2,Oracle Database EE,\n", n)
}

func BenchmarkImportReader(b *testing.B) {
	const rows = 10_000
	file := manyRows(rows)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		in, err := usage.NewImportReader(strings.NewReader(file), usage.ImportDialect{})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for _, _, err = in.Read(); err == nil; _, _, err = in.Read() {
			n++
		}
		if n != rows || !errors.Is(err, io.EOF) {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
