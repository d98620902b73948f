package usage_test

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"license-manager/store/usage"
)

func TestKey(t *testing.T) {
	t.Parallel()
	const run = "0123456789abcdef"
	for _, c := range []struct {
		name, moment string
		kind         usage.ReportType
		id, key      string
	}{
		{
			"oracle-ee-daily", "2026-11-24T04:05:06Z", usage.Summary,
			"20261124T040506Z-summary-" + run, "Reports/oracle-ee-daily/2026/11/24/20261124T040506Z-summary-" + run + ".csv",
		},
		{
			"Größe 報告書", "2026-01-02T03:04:05.999999Z", usage.ResourceUsage,
			"20260102T030405Z-resource-usage-" + run, "Reports/Größe 報告書/2026/01/02/20260102T030405Z-resource-usage-" + run + ".csv",
		},
		{ // the date is that of UTC
			"a", "2026-12-31T23:30:00-05:00", usage.Summary,
			"20270101T043000Z-summary-" + run, "Reports/a/2027/01/01/20270101T043000Z-summary-" + run + ".csv",
		},
		{
			"a", "2027-01-01T00:30:00+01:00", usage.Summary,
			"20261231T233000Z-summary-" + run, "Reports/a/2026/12/31/20261231T233000Z-summary-" + run + ".csv",
		},
	} {
		id, key := usage.ReportFileID(at(c.moment), c.kind, run), usage.Key(c.name, at(c.moment), c.kind, run)
		if id != c.id || key != c.key || usage.FileName(key) != c.id+".csv" || !strings.HasPrefix(key, usage.Folder(c.name)) {
			t.Errorf("%s at %s: id %q, key %q, file name %q", c.name, c.moment, id, key, usage.FileName(key))
		}
	}
	if got := usage.Folder("a b"); got != "Reports/a b/" || (usage.Report{Name: "a b"}).Folder() != got {
		t.Errorf("folder %q", got)
	}
	if got := usage.FileName("no folder.csv"); got != "no folder.csv" {
		t.Errorf("file name %q", got)
	}
}

// Keys of one report sort as their times do: readers page by them.
func TestKeysSortByTime(t *testing.T) {
	t.Parallel()
	last := ""
	for moment := at("2026-11-24T04:05:06Z"); moment.Year() < 2029; moment = moment.Add(7*time.Hour + 13*time.Second) {
		key := usage.Key("a", moment, usage.Summary, usage.NewRunID(moment))
		if key <= last {
			t.Fatalf("%s sorts before %s", key, last)
		}
		last = key
	}
}

// Whatever name the form takes gives a folder of its own, out of which no
// path, terminal or listing leads.
func FuzzNamesToKeys(f *testing.F) {
	for _, seed := range [][2]string{
		{"oracle-ee-daily", "Oracle-EE-Daily"}, {"a..b", "a.b"}, {"..", "../../etc"}, {"a/b", `a\b`}, {"a\x00b", "a\nb"}, {"Größe", "größe"},
		{"報告書", "报告书"}, {"e\u0301", "é"}, {"a\u200db", "ab"}, {"a\u3164", "a"}, {"a\ufe0f", "a"}, {"\xff", "a.csv"}, {"2026", "1"},
		{strings.Repeat("𝔘", 100), strings.Repeat("x", 101)}, {"K", "\u212a"},
	} {
		f.Add(seed[0], seed[1])
	}
	moment := at("2026-11-24T04:05:06Z")
	f.Fuzz(func(t *testing.T, name, other string) {
		if nameProblem(name) != "" {
			return
		}
		key := usage.Key(name, moment, usage.Summary, "0123456789abcdef")
		parts := strings.Split(key, "/")
		if len(parts) != 6 || parts[0] != "Reports" || parts[1] != name || len(key) > 1024 {
			t.Errorf("%q gives the key %q", name, key)
		}
		for _, part := range parts {
			if part == "" || part[0] == '.' || strings.TrimSpace(part) != part {
				t.Errorf("%q gives the key %q with the part %q", name, key, part)
			}
		}
		for _, c := range key {
			if !unicode.IsGraphic(c) || c == unicode.ReplacementChar || c == '\\' || unicode.IsSpace(c) && c != ' ' {
				t.Errorf("%q gives the key %q with U+%04X", name, key, c)
			}
		}
		if nameProblem(other) == "" && usage.FoldName(name) != usage.FoldName(other) && strings.HasPrefix(key, usage.Folder(other)) {
			t.Errorf("%q is in the folder of %q", key, other)
		}
	})
}
