package bucket

import (
	"regexp"
	"strings"
	"testing"
)

func TestValidName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"reports":                         true,
		"abc":                             true,
		"0-9":                             true,
		"a.b.c":                           true,
		"my-license-reports.example.com":  true,
		"reports-an":                      true, // the suffix of account regional namespaces
		"1.2.3":                           true,
		"1.2.3.4.5":                       true,
		"a-.-b":                           true,
		strings.Repeat("a", 63):           true,
		"":                                false,
		"ab":                              false,
		strings.Repeat("a", 64):           false,
		"Reports":                         false,
		"re_ports":                        false,
		"re ports":                        false,
		"-reports":                        false,
		"reports-":                        false,
		".reports":                        false,
		"reports.":                        false,
		"re..ports":                       false,
		"192.168.5.4":                     false,
		"000.999.0.0":                     false,
		"xn--reports":                     false,
		"sthree-reports":                  false,
		"sthree-configurator":             false,
		"amzn-s3-demo-bucket":             false,
		"reports-s3alias":                 false,
		"reports--ol-s3":                  false,
		"reports.mrap":                    false,
		"reports--use1-az4--x-s3":         false,
		"reports--table-s3":               false,
		"rëports":                         false,
		"reports\n":                       false,
		"reports\x00":                     false,
		"s3://reports":                    false,
		"arn:aws:s3:::reports":            false,
		"aws-license-manager-service-abc": true,
	} {
		if got := ValidName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestNewName(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		name := NewName()
		if !ValidName(name) || !strings.HasPrefix(name, "aws-license-manager-service-") || seen[name] {
			t.Fatalf("name %q", name)
		}
		seen[name] = true
	}
}

var looksValid = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func FuzzValidName(f *testing.F) {
	for _, seed := range []string{"reports", "192.168.5.4", "a..b", "xn--a", "A", "ab", "a-b.c", "reports--x-s3", "\xff\xfe\xfd", "1.1.1.1."} {
		f.Add(seed)
	}
	address := regexp.MustCompile(`^\d{1,3}(\.\d{1,3}){3}$`)
	f.Fuzz(func(t *testing.T, name string) {
		if !ValidName(name) {
			return
		}
		if !looksValid.MatchString(name) || strings.Contains(name, "..") {
			t.Errorf("%q is taken for valid", name)
		}
		if address.MatchString(name) {
			t.Errorf("address %q is taken for valid", name)
		}
	})
}
