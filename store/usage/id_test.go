package usage_test

import (
	"regexp"
	"strings"
	"testing"

	"license-manager/store/usage"
)

func TestNewIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		form  string
		make  func() string
		check func(string) bool
	}{
		{`^lic-[0-9a-f]{32}$`, usage.NewLicenseID, usage.IsLicenseID},
		{`^r-[0-9a-f]{32}$`, usage.NewReportID, usage.IsReportID},
		{`^[0-9a-f]{16}$`, usage.NewRunID, usage.IsRunID},
		{`^[0-9a-f]{32}$`, usage.NewToken, func(string) bool { return true }},
	} {
		form, seen := regexp.MustCompile(c.form), map[string]bool{}
		for range 1000 {
			id := c.make()
			if !form.MatchString(id) || !c.check(id) || seen[id] {
				t.Fatalf("%s gives %q", c.form, id)
			}
			seen[id] = true
		}
	}
}

func TestIDsMadeUp(t *testing.T) {
	t.Parallel()
	hex := strings.Repeat("0a", 16)
	for _, bad := range []string{
		"", "r-", "lic-", hex, "r-" + hex[1:], "r-" + hex + "0", "lic-" + hex[1:], "lic-" + hex + "0", "R-" + hex, "LIC-" + hex,
		"r-" + strings.ToUpper(hex), "lic-" + strings.ToUpper(hex), "r-" + hex[:31] + "g", "r-" + hex[:31] + "\x00", "r-" + hex[:29] + "３",
		" r-" + hex, "r-" + hex + "\n", "r--" + hex[1:], "../" + hex, "r-r-" + hex[2:],
	} {
		if usage.IsReportID(bad) || usage.IsLicenseID(bad) || usage.IsRunID(bad) {
			t.Errorf("%q is taken for an id", bad)
		}
	}
	if usage.IsReportID("lic-"+hex) || usage.IsLicenseID("r-"+hex) || usage.IsRunID("r-"+hex[:14]) {
		t.Error("an id is taken for one of another kind")
	}
}
