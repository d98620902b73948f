package usage_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"license-manager/store/usage"
)

// usageFile is a resource usage report of resources, which are in the order
// of their IDs.
func usageFile(resources ...usage.Resource) string {
	s := snapshot()
	prefix := usage.AppendResourceUsagePrefix(nil, s, usage.ReportFileID(s.GeneratedAt, usage.ResourceUsage, "0123456789abcdef"))
	file := usage.ResourceUsageHeader()
	for _, r := range resources {
		association := usage.Association{AssociatedAt: s.GeneratedAt}
		if r.VCPUs != nil {
			association.Consumed = *r.VCPUs
		}
		file = usage.AppendResourceLine(append(file, prefix...), r, association)
	}
	return string(file)
}

// differences tells what CompareUsage finds: "+id", "-id", "id column from>to".
func differences(t *testing.T, earlier, later string) ([]string, usage.DifferenceCount) {
	t.Helper()
	var found []string
	count, err := usage.CompareUsage(iotest.OneByteReader(strings.NewReader(earlier)), strings.NewReader(later), func(d usage.Difference) error {
		switch {
		case d.Added():
			found = append(found, "+"+d.ResourceID)
		case d.Removed():
			found = append(found, "-"+d.ResourceID)
		default:
			for i, column := range usage.ComparedColumns() {
				if d.Earlier[i] != d.Later[i] {
					found = append(found, fmt.Sprintf("%s %s %s>%s", d.ResourceID, column, d.Earlier[i], d.Later[i]))
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, count
}

func TestCompareUsage(t *testing.T) {
	t.Parallel()
	r := func(id, status string, vcpus int64) usage.Resource {
		return usage.Resource{ID: id, Type: usage.EC2Instance, Status: status, VCPUs: &vcpus}
	}
	for name, test := range map[string]struct {
		earlier, later []usage.Resource
		want           string
		count          usage.DifferenceCount
	}{
		"nothing":   {nil, nil, "", usage.DifferenceCount{}},
		"the same":  {[]usage.Resource{r("a", "running", 4)}, []usage.Resource{r("a", "running", 4)}, "", usage.DifferenceCount{Same: 1}},
		"all new":   {nil, []usage.Resource{r("a", "", 0), r("b", "", 0)}, "+a|+b", usage.DifferenceCount{Added: 2}},
		"all gone":  {[]usage.Resource{r("a", "", 0), r("b", "", 0)}, nil, "-a|-b", usage.DifferenceCount{Removed: 2}},
		"bytes":     {[]usage.Resource{r("Z", "", 0), r("a", "", 0)}, []usage.Resource{r("Z", "", 0), r("a", "", 0), r("ä", "", 0)}, "+ä", usage.DifferenceCount{Added: 1, Same: 2}},
		"all kinds": {[]usage.Resource{r("a", "running", 4), r("b", "running", 2), r("d", "x", 1)}, []usage.Resource{r("b", "stopped", 0), r("c", "", 1), r("d", "x", 1)}, "-a|b resource_status running>stopped|b consumed_licenses 2>0|+c", usage.DifferenceCount{Added: 1, Removed: 1, Changed: 1, Same: 1}},
		"formulas":  {[]usage.Resource{r("(", "-x", 1), r("=1", "", 0)}, []usage.Resource{r("(", "@\"y\",\nz", 1), r("+", "", 1), r("=1", "", 0)}, "( resource_status -x>@\"y\", z|++", usage.DifferenceCount{Added: 1, Changed: 1, Same: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, count := differences(t, usageFile(test.earlier...), usageFile(test.later...))
			if got := strings.Join(found, "|"); got != test.want {
				t.Errorf("differences %q, want %q", got, test.want)
			}
			if count != test.count {
				t.Errorf("counted %+v, want %+v", count, test.count)
			}
		})
	}
}

func TestCompareUsageOfWhatIsNoReport(t *testing.T) {
	t.Parallel()
	good := usageFile(usage.Resource{ID: "a"})
	row := strings.SplitAfterN(good, "\n", 2)[1]
	for name, test := range map[string]struct{ file, want string }{
		"empty":     {"", "line 1: The file is empty."},
		"columns":   {"report_id,rows\n", "line 1: The columns are not those of a resource usage report."},
		"order":     {usageFile(usage.Resource{ID: "b"}, usage.Resource{ID: "a"}), "line 3: The rows are not in the order of their resource IDs."},
		"twice":     {good + row, "line 3: The rows are not in the order of their resource IDs."},
		"too few":   {good + "a,b\n", "line 3: The row is not one of a resource usage report."},
		"quotes":    {good + "a\"b,c\n", "line 3: The row is not one of a resource usage report."},
		"very long": {good + strings.Repeat("x", 10*usage.MaxImportRecord), "The row is too long."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nothing := func(usage.Difference) error { return nil }
			for later, files := range map[bool][2]string{false: {test.file, good}, true: {good, test.file}} {
				_, err := usage.CompareUsage(strings.NewReader(files[0]), strings.NewReader(files[1]), nothing)
				var problem *usage.UncomparableError
				if !errors.As(err, &problem) || problem.Later != later || !strings.HasSuffix(err.Error(), test.want) {
					t.Errorf("got %v (later %t), want %q", err, later, test.want)
				}
			}
		})
	}
}

func TestCompareUsageEndsWithTheFirstError(t *testing.T) {
	t.Parallel()
	file := usageFile(usage.Resource{ID: "a"}, usage.Resource{ID: "b"})
	broken := io.MultiReader(strings.NewReader(file), iotest.ErrReader(io.ErrUnexpectedEOF))
	if _, err := usage.CompareUsage(strings.NewReader(file), broken, func(usage.Difference) error { return nil }); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reader that fails gives %v", err)
	}
	calls := 0
	_, err := usage.CompareUsage(strings.NewReader(usageFile()), strings.NewReader(file), func(usage.Difference) error { calls++; return io.ErrShortWrite })
	if !errors.Is(err, io.ErrShortWrite) || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestCompareUsageOfLongReports(t *testing.T) {
	t.Parallel()
	var resources []usage.Resource
	for i := range 10_000 { // longer together than one row may be
		resources = append(resources, usage.Resource{ID: fmt.Sprintf("i-%05d", i)})
	}
	earlier, later := usageFile(resources[1:]...), usageFile(resources[:9_999]...)
	if len(later) <= usage.MaxImportRecord {
		t.Fatalf("the report has %d bytes only", len(later))
	}
	count, err := usage.CompareUsage(strings.NewReader(earlier), strings.NewReader(later), func(usage.Difference) error { return nil })
	if want := (usage.DifferenceCount{Added: 1, Removed: 1, Same: 9_998}); err != nil || count != want {
		t.Errorf("counted %+v, %v, want %+v", count, err, want)
	}
}
