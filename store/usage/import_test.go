package usage_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"license-manager/store/usage"
)

const (
	bom      = "\ufeff"
	required = "resource_id,resource_type,resource_owner_id"
	goodRow  = "i-1,EC2_INSTANCE,000123456789"
)

// imported is what came of a file.
type imported struct {
	Rows   []usage.ImportRow
	Errors []usage.RowError
}

// readImport reads a file to its end.
func readImport(r io.Reader) (imported, error) {
	return readDialect(r, usage.ImportDialect{})
}

func readDialect(r io.Reader, d usage.ImportDialect) (imported, error) {
	var all imported
	in, err := usage.NewImportReader(r, d)
	if err != nil {
		return all, err
	}
	for {
		row, errs, err := in.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		row.Cells = append([]string(nil), row.Cells...)
		all.Rows, all.Errors = append(all.Rows, row), append(all.Errors, errs...)
	}
}

// sameRows compares what files mean, not how they were written.
func sameRows() cmp.Option { return cmpopts.IgnoreFields(usage.ImportRow{}, "Cells", "Line") }

func TestImportAllColumns(t *testing.T) {
	t.Parallel()
	file := strings.Join(usage.ImportColumns(), ",") + "\n" +
		"i-1,EC2_INSTANCE,arn:aws:ec2:us-east-1:000123456789:instance/i-1,running,000123456789,us-east-1,Linux/UNIX,m7i.4xlarge,dedicated,16,8,2,1,Oracle EE,0\n" +
		"db-1,RDS,,,123456789012,,,,,,,,,,\n"
	want := imported{Rows: []usage.ImportRow{
		{
			Line: 2, License: "Oracle EE", Given: new(int64(0)), Cells: strings.Split(strings.Split(file, "\n")[1], ","),
			Resource: usage.Resource{
				ID: "i-1", Type: usage.EC2Instance, ARN: "arn:aws:ec2:us-east-1:000123456789:instance/i-1", Status: "running", OwnerAccountID: "000123456789",
				Region: "us-east-1", Platform: "Linux/UNIX", InstanceType: "m7i.4xlarge", Tenancy: "dedicated",
				VCPUs: new(int64(16)), Cores: new(int64(8)), Sockets: new(int64(2)), ThreadsPerCore: new(int64(1)),
			},
		},
		{
			Line: 3, Cells: strings.Split(strings.Split(file, "\n")[2], ","),
			Resource: usage.Resource{ID: "db-1", Type: usage.RDS, OwnerAccountID: "123456789012"},
		},
	}}
	for name, r := range map[string]io.Reader{
		"at once": strings.NewReader(file), "byte by byte": iotest.OneByteReader(strings.NewReader(file)), "end with data": iotest.DataErrReader(strings.NewReader(file)),
	} {
		got, err := readImport(r)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s (-want +got):\n%s%v", name, diff, err)
		}
	}
}

// What AppendText guards against spreadsheets comes back as it was.
func TestImportReadsGuardedText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"=1+1", "+x", "-id", "@x", "'x", "x'=y", "'"} {
		row := usage.AppendText([]byte("i-1,EC2_INSTANCE,000123456789,"), text)
		got, err := readImport(strings.NewReader(required + ",platform\n" + string(row) + "\n"))
		if err != nil || len(got.Rows) != 1 || got.Rows[0].Resource.Platform != text {
			t.Errorf("%q came back as %+v, %v", text, got.Rows, err)
		}
	}
}

// However a spreadsheet writes the file, it means the same.
func TestImportWritings(t *testing.T) {
	t.Parallel()
	want := imported{Rows: []usage.ImportRow{
		{Resource: usage.Resource{ID: "i-1", Type: usage.EC2Instance, OwnerAccountID: "000123456789"}, License: "a, \"b\"\nc"},
		{Resource: usage.Resource{ID: "i-2", Type: usage.RDS, OwnerAccountID: "000000000000"}},
	}}
	plain := required + ",license\n" + goodRow + ",\"a, \"\"b\"\"\nc\"\ni-2,RDS,000000000000,\n"
	for name, file := range map[string]string{
		"plain":            plain,
		"mark":             bom + plain,
		"mark and quotes":  bom + `"resource_id","resource_type","resource_owner_id","license"` + strings.TrimPrefix(plain, required+",license"),
		"CRLF":             strings.ReplaceAll(plain, "\n", "\r\n"),
		"mark and CRLF":    bom + strings.ReplaceAll(plain, "\n", "\r\n"),
		"no last line end": strings.TrimSuffix(plain, "\n"),
		"blank lines":      "\n\r\n" + strings.ReplaceAll(plain, "\ni-2", "\n\n\ni-2") + "\n\n",
		"other order":      "license,resource_owner_id,resource_type,resource_id\n\"a, \"\"b\"\"\nc\",000123456789,EC2_INSTANCE,i-1\n,000000000000,RDS,i-2\n",
		"capital letters":  strings.ToUpper(required) + ",License" + strings.TrimPrefix(plain, required+",license"),
		"spaces":           " resource_id , resource_type,resource_owner_id\t,license\n i-1 ,\u00a0EC2_INSTANCE, 000123456789 ,\" a, \"\"b\"\"\nc \"\n\"i-2 \",RDS ,000000000000,  \n",
	} {
		got, err := readImport(strings.NewReader(file))
		if diff := cmp.Diff(want, got, sameRows()); diff != "" || err != nil {
			t.Errorf("%s (-want +got):\n%s%v", name, diff, err)
		}
	}
}

func TestImportHeader(t *testing.T) {
	t.Parallel()
	in, err := usage.NewImportReader(strings.NewReader(bom+"Resource_ID,resource_type, resource_owner_id\n"), usage.ImportDialect{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Resource_ID", "resource_type", " resource_owner_id"}, in.Header()); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	for range 3 { // the end stays the end
		if row, errs, err := in.Read(); !errors.Is(err, io.EOF) || errs != nil {
			t.Errorf("%v, %v, %v", row, errs, err)
		}
	}
	for _, column := range usage.RequiredImportColumns() {
		if !strings.Contains(strings.Join(usage.ImportColumns(), " "), column) {
			t.Errorf("%s must be there but may not", column)
		}
	}
}

func TestImportPassesOverOtherColumns(t *testing.T) {
	t.Parallel()
	file := required + ",owner,,\x1b[31m\u202ea," + strings.Repeat("é", 1000) + "\n" + goodRow + ",x,,y,z\n"
	in, err := usage.NewImportReader(strings.NewReader(file), usage.ImportDialect{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"owner", "�[31m�a", strings.Repeat("é", 64) + "…"}
	if diff := cmp.Diff(want, in.Unused()); diff != "" {
		t.Errorf("columns that are not used (-want +got):\n%s", diff)
	}
	if _, problems, err := in.Read(); err != nil || problems != nil {
		t.Errorf("%v, %v", problems, err)
	}
}

func TestImportColumns(t *testing.T) {
	t.Parallel()
	const want = "resource_id, resource_type, resource_arn, resource_status, resource_owner_id, region, platform, instance_type, tenancy, vcpus, cores, sockets, threads_per_core, license, consumed_licenses"
	if diff := cmp.Diff(strings.Split(want, ", "), usage.ImportColumns()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(strings.Split(required, ","), usage.RequiredImportColumns()); diff != "" {
		t.Errorf("columns that must be there (-want +got):\n%s", diff)
	}
}

// What can't be read says where it stops.
func TestImportUnreadable(t *testing.T) {
	t.Parallel()
	const notUTF8, hasNUL = "The file isn’t UTF-8. Save it as CSV UTF-8, or choose the encoding Windows-1252.", "The file has a NUL byte: it isn’t a CSV file."
	const bareQuote, openQuote = "A quotation mark (\") stands in a value that isn’t quoted.", "A quoted value isn’t closed, or text follows its end."
	for name, c := range map[string]struct {
		file, want string
	}{
		"nothing":                {"", "The file is empty."},
		"only a mark":            {bom, "The file is empty."},
		"only line ends":         {"\n\r\n\n", "The file is empty."},
		"part of a mark":         {"\xef\xbb", "line 1, column 1: " + notUTF8},
		"missing column":         {"resource_id,resource_owner_id\ni-1,1\n", "line 1: Column “resource_type” is missing. The file has: “resource_id”, “resource_owner_id”."},
		"first column missing":   {"resource_type,resource_owner_id\n", "line 1: Column “resource_id” is missing. The file has: “resource_type”, “resource_owner_id”."},
		"no header":              {goodRow + "\n", "line 1: Column “resource_id” is missing. The file has: “i-1”, “EC2_INSTANCE”, “000123456789”."},
		"many columns":           {strings.Repeat("x,", 30) + "\x1b[31m" + "\n", "line 1: Column “resource_id” is missing. The file has: " + strings.Repeat("“x”, ", 20) + "…."},
		"column twice":           {required + ",Resource_ID\n", "line 1: Column “resource_id” is there twice."},
		"header not UTF-8":       {"resource_id,gr\xf6\xdfe\n", "line 1, column 13: " + notUTF8},
		"not UTF-8":              {required + ",platform\n" + goodRow + ",\n" + goodRow + ",Gr\xf6\xdfe\n", "line 3, column 31: " + notUTF8},
		"not UTF-8 after lines":  {required + ",license\n" + goodRow + ",\"a\nb\"\n\ni-2,RDS,\xff\n", "line 5, column 9: " + notUTF8},
		"NUL":                    {required + "\n" + goodRow + "\ni-2,R\x00DS,000123456789\n", "line 3, column 5: " + hasNUL},
		"UTF-16 without a mark":  {"r\x00e\x00s\x00", "line 1, column 1: " + hasNUL},
		"spreadsheet":            {"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", "The file is a spreadsheet (.xlsx) or a ZIP file. Save the spreadsheet as CSV UTF-8."},
		"quote in a value":       {required + "\n" + goodRow + "\ni-2,R\"DS,000123456789\n", "line 3, column 6: " + bareQuote},
		"text after a quote":     {required + "\n" + goodRow + "\ni-2,\"R\"DS,000123456789\n", "line 3, column 7: " + openQuote},
		"open quote":             {required + "\n" + goodRow + "\ni-2,\"RDS,000123456789\n", "line 3, column 23: " + openQuote},
		"open quote, last line":  {required + "\ni-2,RDS,\"000123456789", "line 2, column 22: " + openQuote},
		"open quote, many lines": {required + "\ni-2,\"RDS,000123456789\n" + strings.Repeat(goodRow+"\n", 1000), "line 2: " + openQuote},
		"open quote, later one":  {required + "\ni-2,\"RDS,000123456789\n" + goodRow + "\ni-3,\"RDS\",000123456789\n", "line 2: " + openQuote},
		"open quote in header":   {"\"resource_id,resource_type\n", "line 1, column 28: " + openQuote},
	} {
		got, err := readImport(strings.NewReader(c.file))
		var unreadable *usage.ImportError
		if !errors.As(err, &unreadable) || err.Error() != c.want || len(got.Errors) != 0 {
			t.Errorf("%s:\n%v\nwant\n%s\n%v", name, err, c.want, got.Errors)
		}
	}
}

// cellError is what is wrong with one cell, or with a row if it names no
// column.
type cellError struct{ Column, Value, Problem string }

func TestImportRowErrors(t *testing.T) {
	t.Parallel()
	const number, account = "Enter a whole number, 0 or greater.", "Enter 12 digits."
	header := strings.Join(usage.ImportColumns(), ",")
	row := func(edits ...string) string { // pairs of a column and its text
		cells := map[string]string{"resource_id": "i-1", "resource_type": "EC2_INSTANCE", "resource_owner_id": "000123456789"}
		for i := 0; i < len(edits); i += 2 {
			cells[edits[i]] = edits[i+1]
		}
		texts := make([]string, 0, len(usage.ImportColumns()))
		for _, column := range usage.ImportColumns() {
			texts = append(texts, cells[column])
		}
		return strings.Join(texts, ",")
	}
	for _, c := range []struct {
		row  string
		want []cellError
	}{
		{row(), nil},
		{row("vcpus", "4.0", "cores", "2.00", "resource_owner_id", "0001-2345-6789"), nil},
		{row("vcpus", "0", "cores", "1000000000", "sockets", "+2", "threads_per_core", "007", "consumed_licenses", "0"), nil},
		{row("resource_id", "", "resource_type", "", "resource_owner_id", "", "platform", "x"), []cellError{
			{"resource_id", "", "Enter a resource ID."},
			{"resource_type", "", "Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE."},
			{"resource_owner_id", "", account},
		}},
		{row("resource_owner_id", "123456789"), []cellError{{"resource_owner_id", "123456789", account + " A spreadsheet took the leading zeros: format the column as text."}}}, // a spreadsheet took it for a number
		{row("resource_owner_id", "1.23457E+11"), []cellError{{"resource_owner_id", "1.23457E+11", account}}},
		{row("vcpus", "-1", "cores", "1.5", "sockets", "two", "threads_per_core", "0x2"), []cellError{
			{"vcpus", "-1", number}, {"cores", "1.5", number}, {"sockets", "two", number}, {"threads_per_core", "0x2", number},
		}},
		{row("consumed_licenses", "\"1,000\""), []cellError{{"consumed_licenses", "1,000", number}}},
		{row("vcpus", "1000000001", "consumed_licenses", "9223372036854775808"), []cellError{
			{"vcpus", "1000000001", "Enter 1,000,000,000 or fewer."}, {"consumed_licenses", "9223372036854775808", "Enter 1,000,000,000 or fewer."},
		}},
		{row("tenancy", "rented", "platform", "\"a\nb\"", "resource_status", "a\u202eb"), []cellError{
			{"resource_status", "a�b", "Remove characters that can’t be shown."}, {"platform", "a�b", "Remove characters that can’t be shown."},
			{"tenancy", "rented", "Use default, dedicated, or host."},
		}},
		{row("resource_id", strings.Repeat("é", 256)), []cellError{{"resource_id", strings.Repeat("é", 64) + "…", "Enter 255 characters or fewer."}}},
		{"i-1,RDS", []cellError{{"", "", "The row has 2 values; the header has 15 columns."}}},
		{"i-1", []cellError{{"", "", "The row has 1 value; the header has 15 columns."}}},
		{row() + ",", nil},
		{row() + ",x", []cellError{{"", "", "The row has 16 values; the header has 15 columns."}}},
	} {
		got, err := readImport(strings.NewReader(header + "\n" + c.row + "\n"))
		var errs []cellError
		for _, e := range got.Errors {
			errs = append(errs, cellError{e.Column, e.Value, e.Problem})
		}
		if diff := cmp.Diff(c.want, errs); diff != "" || err != nil || len(got.Rows) != 1 {
			t.Errorf("%.100q (-want +got):\n%s%v", c.row, diff, err)
		}
	}
}

// An error names its row by line and by resource.
func TestImportErrorPlace(t *testing.T) {
	t.Parallel()
	got, err := readImport(strings.NewReader(required + "\n" + goodRow + "\n i-2\u202e ,EC2,000123456789\n,RDS,000123456789\ni-4\n"))
	var places []string
	for _, e := range got.Errors {
		places = append(places, fmt.Sprintf("%d %s %s", e.Line, e.Column, e.ResourceID))
	}
	want := []string{"3 resource_type i-2�", "3 resource_id i-2�", "4 resource_id ", "5  "}
	if diff := cmp.Diff(want, places); diff != "" || err != nil {
		t.Errorf("places (-want +got):\n%s%v", diff, err)
	}
}

// The cells of a row with errors are as written, for the list of such rows.
func TestImportCells(t *testing.T) {
	t.Parallel()
	got, err := readImport(strings.NewReader(required + "\n i-1 ,\"a,\"\"b\",1\ni-2,RDS\n"))
	if err != nil || len(got.Errors) != 3 {
		t.Fatalf("%v, %v", got.Errors, err)
	}
	if diff := cmp.Diff([][]string{{" i-1 ", `a,"b`, "1"}, {"i-2", "RDS"}}, [][]string{got.Rows[0].Cells, got.Rows[1].Cells}); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
}

// Every wrong row is told, with its line.
func TestImportTenThousandWrongRows(t *testing.T) {
	t.Parallel()
	const rows = 10_000
	file := required + ",platform\n" + strings.Repeat("i-1,EC2,123,\"two\nlines\"\n", rows)
	got, err := readImport(strings.NewReader(file))
	if err != nil || len(got.Rows) != rows || len(got.Errors) != 3*rows {
		t.Fatalf("%d rows, %d errors, %v", len(got.Rows), len(got.Errors), err)
	}
	for i, e := range got.Errors {
		if want := 2 + i/3*2; e.Line != want || got.Rows[i/3].Line != want {
			t.Fatalf("error %d is on line %d, want %d", i, e.Line, want)
		}
	}
}
