package usage_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"license-manager/store/usage"
)

// nameProblem is the message of the form for the name of a usage report.
func nameProblem(name string) string { return usage.Report{Name: name}.Validate().For("name") }

const (
	nameEnd      = "Name can’t end in a space or period."
	nameBegin    = "Name must begin with a letter or number."
	nameRequired = "Name is required."
	nameAllowed  = ". Use letters, numbers, spaces, hyphens (-), underscores (_), and periods (.)."
)

func TestReportNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"a", "7", "oracle-ee-daily", "Windows Server 2025", "a.b_c-d e", "a..b", "a--b", "v1.2.3", "a_", "a-",
		"Größe", "naïve", "Отчёт 3", "Έκθεση", "報告書", "レポート", "보고서", "تقرير", "דוח", "हिन्दी रिपोर्ट", "ภาษาไทย", "தமிழ்",
		"٣ تقارير", "४२", "ǅ", "𝔘nicode", "𞤀𞤣𞤤𞤢𞤥",
		"e\u0301",           // a letter and its mark; the store composes them
		"a\u0301\u0323",     // which can't all be composed
		"aux", "CON", "NUL", // a name in a bucket, not of a file on Windows
		strings.Repeat("x", 100), strings.Repeat("é", 100), strings.Repeat("報", 85), strings.Repeat("𝔘", 63),
	} {
		if problem := nameProblem(name); problem != "" {
			t.Errorf("%q: %s", name, problem)
		}
	}
}

func TestReportNameProblems(t *testing.T) {
	t.Parallel()
	invalid := func(list string) string { return "Name has characters that aren’t valid: " + list + nameAllowed }
	for name, want := range map[string]string{
		"": nameRequired, " ": nameRequired, "\t\n": nameRequired, "\u00a0": nameRequired, "\u3000\u2028": nameRequired,
		"\u3164": nameRequired, "\u200b\u2060": nameRequired, "\ufe0f": nameRequired, "\U000e0041": nameRequired,

		strings.Repeat("x", 101): "Name must be 100 characters or fewer. You entered 101.",
		strings.Repeat("é", 101): "Name must be 100 characters or fewer. You entered 101.",
		strings.Repeat("報", 86):  "Name must fit into a folder’s name of 255 bytes. Yours takes 258: letters outside of English take 2 to 4 bytes each.",
		strings.Repeat("𝔘", 64):  "Name must fit into a folder’s name of 255 bytes. Yours takes 256: letters outside of English take 2 to 4 bytes each.",
		strings.Repeat("/", 500): "Name must be 100 characters or fewer. You entered 500.",

		"a/b": invalid("/"), "../etc/passwd": invalid("/"), "/": invalid("/"), `a\b`: invalid(`\`),
		"a/b/c?d": invalid("/ ?"), "a:b*": invalid(": *"), `<b>"&'`: invalid(`< > " & '`), "=cmd()": invalid("= ( )"),
		"a%2Fb": invalid("%"), "50 %": invalid("%"), "a😀b": invalid("😀"), "x²": invalid("²"), "Ⅷ": invalid("Ⅷ"), "½": invalid("½"),
		"a\x00b": invalid("U+0000"), "a\nb": invalid("U+000A"), "a\tb\tc": invalid("U+0009"), "a\x7f": invalid("U+007F"),
		"a\u00a0b": invalid("U+00A0"), "a\u2028b": invalid("U+2028"), "a\u3000b": invalid("U+3000"),
		"a\u202eb": invalid("U+202E"), "a\u200db": invalid("U+200D"), "\ufeffa": invalid("U+FEFF"), "a\u00adb": invalid("U+00AD"),
		"a\u3164b": invalid("U+3164"), "a\ufe0f": invalid("U+FE0F"), "a\u034fb": invalid("U+034F"), "a\u115fb": invalid("U+115F"),
		"a\ue000": invalid("U+E000"), "a\xffb": invalid("U+FFFD"), "\xc3\x28": invalid("U+FFFD ("), "a\ufffdb": invalid("U+FFFD"),
		"a／b": invalid("／"), "a．．b": invalid("．"), "a\u2024b": invalid("\u2024"),

		".": nameBegin, "..": nameBegin, ".hidden": nameBegin, "-a": nameBegin, "_a": nameBegin, " a": nameBegin, "\u0301a": nameBegin,
		"a.": nameEnd, "a ": nameEnd, "a..": nameEnd, "a. ": nameEnd,
	} {
		if got := nameProblem(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestLicenseNames(t *testing.T) {
	t.Parallel()
	problem := func(name string) string { return usage.License{Name: name}.Validate().For("name") }
	for name, want := range map[string]string{
		"Oracle Database EE": "", "50 % off / \"quoted\" <b>": "", "=cmd()": "", "a😀": "", "👩\u200d💻": "", "می\u200cخواهم": "", "..": "",
		"✔\ufe0f": "", strings.Repeat("é", 100): "",
		"": nameRequired, " \t": nameRequired, "\u200d\u200c": nameRequired, "\u3164": nameRequired, "\ufe0f": nameRequired,
		strings.Repeat("é", 101): "Name must be 100 characters or fewer. You entered 101.",
		" a":                     "Name can’t begin or end with a space.",
		"a\u00a0":                "Name can’t begin or end with a space.",
		"a\nb":                   "Name has characters that can’t be shown. Use letters, numbers, spaces, and punctuation.",
		"a\x00":                  "Name has characters that can’t be shown. Use letters, numbers, spaces, and punctuation.",
		"a\u202eb":               "Name has characters that can’t be shown. Use letters, numbers, spaces, and punctuation.",
		"a\xff":                  "Name has characters that can’t be shown. Use letters, numbers, spaces, and punctuation.",
	} {
		if got := problem(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestDuplicateNames(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		usage.DuplicateReportName("Daily"):      "A usage report named “Daily” already exists.",
		usage.DuplicateLicenseName("Oracle EE"): "A self-managed license named “Oracle EE” already exists.",
		usage.DuplicateUserName("admin"):        "A user named “admin” already exists.",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestFoldName(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"daily", "Daily", "DAILY", "dAiLy"},
		{"größe", "GRÖßE", "GRÖẞE"},
		{"отчёт", "ОТЧЁТ", "Отчёт"},
		{"ςίσυφος", "σίσυφοσ", "ΣΊΣΥΦΟΣ"}, // two small sigmas, one capital
		{"ǆ", "ǅ", "Ǆ"},
		{"K", "k", "\u212a"}, // the sign of the unit kelvin
		{"ſ", "s", "S"},
		{"𐐀", "𐐨"},
		{"ꭰ", "Ꭰ"},
		{"e\u0301A", "E\u0301a"},
	} {
		for _, name := range same {
			if got, want := usage.FoldName(name), usage.FoldName(same[0]); got != want {
				t.Errorf("%q folds to %q, %q to %q", name, got, same[0], want)
			}
		}
	}
	different := []string{"", "daily", "daily ", "dailý", "day", "ı", "i", "İ", "o", "0", "ß", "ss", "а", "a", "a-b", "a_b", "１", "1", "報告", "报告"}
	seen := map[string]string{}
	for _, name := range different {
		key := usage.FoldName(name)
		if other, twice := seen[key]; twice {
			t.Errorf("%q and %q both fold to %q", name, other, key)
		}
		seen[key] = name
	}
}

func FuzzFoldName(f *testing.F) {
	for _, seed := range []string{"Daily", "GRÖẞE", "ΣΊΣΥΦΟΣ", "\u212aſ", "İı", "\xff\xfe", "ǅ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		key := usage.FoldName(name)
		if again := usage.FoldName(key); again != key {
			t.Errorf("%q folds to %q and then to %q", name, key, again)
		}
		if !utf8.ValidString(name) {
			return
		}
		if !strings.EqualFold(name, key) {
			t.Errorf("%q folds to %q, which is another name", name, key)
		}
		for _, other := range []string{strings.ToUpper(name), strings.ToLower(name), strings.ToTitle(name)} {
			if strings.EqualFold(name, other) && usage.FoldName(other) != key {
				t.Errorf("%q and %q are the same but for case, and fold to %q and %q", name, other, key, usage.FoldName(other))
			}
		}
	})
}
