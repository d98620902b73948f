package usage_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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
		{`^[0-9a-f]{16}$`, func() string { return usage.NewRunID(time.Now()) }, usage.IsRunID},
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

func TestRunIDsAreInTheOrderOfTheirMaking(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	ids := slices.Concat(usage.NewRunIDs(at, 500), usage.NewRunIDs(at.Add(time.Hour), 500))
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 1000 {
		t.Errorf("made %q", ids)
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

func TestIDsThatPeopleLookFor(t *testing.T) {
	t.Parallel()
	hex := strings.Repeat("0a", 16)
	for text, want := range map[string]string{
		"r-" + hex: "r-" + hex, "LIC-0A": "lic-0a", "": "", "name": "name",
		"arn:aws:license-manager:us-east-1:123456789012:report-generator:r-0a": "r-0a", "ARN:x": "x", "arn": "arn",
	} {
		if got := usage.IDIn(text); got != want {
			t.Errorf("id in %q is %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]bool{"r-": false, "r-0a0": false, "r-0a0a": true, "r-" + hex: true, "r-" + hex + "0": false, "r-0a0x": false, "0a0a": false} {
		if got := usage.BeginsReportID(text); got != want {
			t.Errorf("%q begins a report id: %t", text, got)
		}
		if got := usage.BeginsLicenseID(strings.Replace(text, "r-", "lic-", 1)); got != want {
			t.Errorf("%q, of a license, begins an id: %t", text, got)
		}
	}
}
