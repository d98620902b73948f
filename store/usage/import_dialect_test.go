package usage_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// TestImportOfOtherPrograms reads files as spreadsheets, AWS and this console write
// them: each row as its id, type, owner, vCPUs, license and given consumption.
func TestImportOfOtherPrograms(t *testing.T) {
	t.Parallel()
	plain := []string{"i-0a1b2c3d4e5f60001 EC2_INSTANCE 012345678901 4 Oracle DB -", "i-0a1b2c3d4e5f60002 EC2_INSTANCE 012345678901 8 Oracle DB -"}
	for name, test := range map[string]struct{ rows, problems, unused []string }{
		"plain.csv": {rows: plain}, "semicolon-bom-crlf.csv": {rows: plain}, "sep-comma.csv": {rows: plain}, "header-words.csv": {rows: plain},
		"trailing-columns.csv": {rows: plain}, "trailing-rows.csv": {rows: plain},
		"pandas-floats.csv":  {rows: []string{plain[0], "i-0a1b2c3d4e5f60002 EC2_INSTANCE 012345678901 - Oracle DB -"}},
		"hyphen-account.csv": {rows: plain[:1]},
		"license-by-arn.csv": {rows: []string{"i-0a1b2c3d4e5f60001 EC2_INSTANCE 012345678901 4 lic-0123456789abcdef0123456789abcdef -"}},
		"excel-lost-zeros.csv": {
			rows:     []string{"i-0a1b2c3d4e5f60001 EC2_INSTANCE 12345678901 4 Oracle DB -"},
			problems: []string{"2 resource_owner_id: Enter 12 digits. A spreadsheet took the leading zeros: format the column as text."},
		},
		"aws-describe-instances.csv":      {rows: []string{"i-0a1b2c3d4e5f60001 EC2_INSTANCE 012345678901 -  -"}},
		"aws-list-resource-inventory.csv": {rows: []string{"i-0a1b2c3d4e5f60001 EC2_INSTANCE 012345678901 -  -"}, unused: []string{"PlatformVersion"}},
		"aws-list-usage.csv":              {rows: []string{"i-0a1b2c3d4e5f60001 EC2_INSTANCE 012345678901 -  4"}, unused: []string{"AssociationTime"}},
	} {
		file, err := os.ReadFile(filepath.Join("testdata", "import", name))
		if err != nil {
			t.Fatal(err)
		}
		in, err := usage.NewImportReader(bytes.NewReader(file), usage.ImportDialect{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.unused, in.Unused()); diff != "" {
			t.Errorf("%s: columns that are not used (-want +got):\n%s", name, diff)
		}
		got, err := readImport(bytes.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.rows, shortRows(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(test.problems, shortProblems(got)); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", name, diff)
		}
	}
}

func shortRows(all imported) []string {
	var short []string
	for _, row := range all.Rows {
		r := row.Resource
		short = append(short, strings.Join([]string{r.ID, string(r.Type), r.OwnerAccountID, shortCount(r.VCPUs), row.License, shortCount(row.Given)}, " "))
	}
	return short
}

func shortCount(n *int64) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatInt(*n, 10)
}

func shortProblems(all imported) []string {
	var short []string
	for _, e := range all.Errors {
		short = append(short, strconv.Itoa(e.Line)+" "+e.Column+": "+e.Problem)
	}
	return short
}

// TestImportOfOwnFiles reads what this console writes.
func TestImportOfOwnFiles(t *testing.T) {
	t.Parallel()
	for name, unused := range map[string][]string{
		"own-resource-usage.csv": {
			"report_id", "usage_report_name", "generated_at", "license_configuration_arn", "license_name", "license_counting_type", "association_time",
		},
		"own-tracked-resources-export.csv": {"license_name", "licenses", "association_time"},
	} {
		file, err := os.ReadFile(filepath.Join("testdata", "import", name))
		if err != nil {
			t.Fatal(err)
		}
		in, err := usage.NewImportReader(bytes.NewReader(file), usage.ImportDialect{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(unused, in.Unused()); diff != "" {
			t.Errorf("%s: columns that are not used (-want +got):\n%s", name, diff)
		}
		got, err := readImport(bytes.NewReader(file))
		if err != nil || len(got.Errors) > 0 || len(got.Rows) == 0 {
			t.Errorf("%s: %d rows, %v, %v", name, len(got.Rows), got.Errors, err)
		}
	}
}

// However a program writes the file, it means the same.
func TestImportDialects(t *testing.T) {
	t.Parallel()
	const plain = "resource_id,resource_type,resource_owner_id,license\ni-1,EC2_INSTANCE,000123456789,Büro €\ni-2,RDS,000000000000,\"a\n😀\"\n"
	want, err := readImport(strings.NewReader(plain))
	if err != nil || len(want.Rows) != 2 {
		t.Fatal(want, err)
	}
	semicolons := strings.ReplaceAll(plain, ",", ";")
	latin := strings.NewReplacer("ü", "\xfc", "€", "\x80", "😀", "?").Replace(plain)
	wantLatin, err := readImport(strings.NewReader(strings.ReplaceAll(plain, "😀", "?")))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		file    string
		dialect usage.ImportDialect
		want    imported
	}{
		"semicolons":                  {semicolons, usage.ImportDialect{}, want},
		"tabs":                        {strings.ReplaceAll(plain, ",", "\t"), usage.ImportDialect{}, want},
		"vertical bars":               {strings.ReplaceAll(plain, ",", "|"), usage.ImportDialect{}, want},
		"sep line":                    {"sep=;\r\n" + semicolons, usage.ImportDialect{}, want},
		"sep line, quoted":            {"\"sep=;\"\n" + semicolons, usage.ImportDialect{}, want},
		"carriage returns":            {strings.ReplaceAll(plain, "\n", "\r"), usage.ImportDialect{}, want},
		"UTF-16, little end first":    {utf16Of(plain, binary.LittleEndian), usage.ImportDialect{}, want},
		"UTF-16, big end first":       {utf16Of(strings.ReplaceAll(plain, "\n", "\r\n"), binary.BigEndian), usage.ImportDialect{}, want},
		"Windows-1252":                {latin, usage.ImportDialect{Encoding: usage.Windows1252}, wantLatin},
		"mark, whatever was chosen":   {bom + plain, usage.ImportDialect{Encoding: usage.Windows1252}, want},
		"delimiter that was chosen":   {semicolons, usage.ImportDialect{Delimiter: ';'}, want},
		"delimiter within quotations": {strings.Replace(semicolons, "license\n", "\"license\";\",,,,,,,,\"\n", 1), usage.ImportDialect{}, imported{}},
	} {
		for way, r := range map[string]func() (imported, error){
			"at once": func() (imported, error) { return readDialect(strings.NewReader(test.file), test.dialect) },
			"byte by byte": func() (imported, error) {
				return readDialect(iotest.OneByteReader(strings.NewReader(test.file)), test.dialect)
			},
		} {
			got, err := r()
			if len(test.want.Rows) == 0 { // the header is read, the rows lack a cell
				if err != nil || len(got.Errors) != 2 {
					t.Errorf("%s, %s: %+v, %v", name, way, got, err)
				}
				continue
			}
			if diff := cmp.Diff(test.want, got, sameRows()); diff != "" || err != nil {
				t.Errorf("%s, %s (-want +got):\n%s%v", name, way, diff, err)
			}
		}
	}
}

func utf16Of(text string, order binary.AppendByteOrder) string {
	var file []byte
	for _, unit := range utf16.Encode([]rune(bom + text)) {
		file = order.AppendUint16(file, unit)
	}
	return string(file)
}

func TestLinesAfterASepLine(t *testing.T) {
	t.Parallel()
	got, err := readImport(strings.NewReader("sep=;\n" + strings.ReplaceAll(required+"\n"+goodRow+"\n\n;;\ni-2,RDS,1\n", ",", ";")))
	if err != nil || len(got.Errors) != 1 || got.Errors[0].Line != 6 {
		t.Errorf("%+v, %v; want one error on line 6", got.Errors, err)
	}
}

func TestColumnWithoutAName(t *testing.T) {
	t.Parallel()
	got, err := readImport(strings.NewReader(required + ",,\n" + goodRow + ",,\n" + goodRow + ",,x\n"))
	if err != nil || len(got.Errors) != 1 || got.Errors[0].Problem != "Column 5 has no name." || got.Errors[0].Line != 3 {
		t.Errorf("%+v, %v", got.Errors, err)
	}
}
