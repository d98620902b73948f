package usage

import (
	"slices"
	"testing"
)

func TestEveryTimeZoneLoads(t *testing.T) {
	t.Parallel()
	names := TimeZones()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error("the names are not in order, or one is there twice")
	}
	for _, name := range names {
		if zone, err := LoadTimeZone(name); err != nil || zone.String() != name {
			t.Errorf("%s: %v, %v", name, zone, err)
		}
	}
	for _, name := range []string{"UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Calcutta", "America/Argentina/Buenos_Aires", "Pacific/Chatham"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not there", name)
		}
	}
}

func TestTimeZoneProblem(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"": true, "UTC": true, "Australia/Lord_Howe": true,
		"Local": false, "Mars/Olympus": false, "../etc/passwd": false, "/etc/localtime": false, "<b>": false, "\x00": false,
	} {
		if got := TimeZoneProblem(name); (got == "") != good {
			t.Errorf("TimeZoneProblem(%q) = %q", name, got)
		}
	}
}
