package usage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// oracle is a license with nothing wrong.
func oracle() usage.License {
	expires := at("2027-05-31T00:00:00Z")
	return usage.License{
		ID: "lic-0123456789abcdef0123456789abcdef", ARN: "arn:aws:license-manager:us-east-1:000123456789:license-configuration:lic-0123456789abcdef0123456789abcdef",
		Name: "Oracle Database EE", Description: "per core", CountingType: usage.CountCore, Count: new(int64(480)), HardLimit: true,
		Rules:     usage.Rules{{Name: usage.AllowedTenancy, Value: "EC2-DedicatedHost"}, {Name: usage.MinimumCores, Value: "2"}},
		ExpiresAt: &expires, Status: usage.LicenseAvailable, OwnerAccountID: "000123456789", Tags: []usage.Tag{{Key: "team", Value: "licensing"}},
	}
}

func TestLicenseValidate(t *testing.T) {
	t.Parallel()
	type edit = func(*usage.License)
	count := func(n int64) edit { return func(l *usage.License) { l.Count = &n } }
	for name, c := range map[string]struct {
		edit edit
		want usage.FieldErrors
	}{
		"good":                 {func(*usage.License) {}, nil},
		"no limit":             {func(l *usage.License) { l.Count, l.HardLimit = nil, false }, nil},
		"limit of none":        {count(0), nil},
		"highest limit":        {count(1_000_000_000), nil},
		"limit too high":       {count(1_000_000_001), usage.FieldErrors{{"license_count", "Enter 1,000,000,000 or fewer."}}},
		"limit below 0":        {count(-1), usage.FieldErrors{{"license_count", "Enter a whole number, 0 or greater."}}},
		"no name":              {func(l *usage.License) { l.Name = " " }, usage.FieldErrors{{"name", nameRequired}}},
		"description too long": {func(l *usage.License) { l.Description = strings.Repeat("x", 1000) }, usage.FieldErrors{{"description", "Description must be 400 characters or fewer. You entered 1000."}}},
		"no type": {func(l *usage.License) { l.CountingType, l.Count = "", nil }, usage.FieldErrors{
			{"counting_type", "Choose a license type."},
		}},
		"rule of another type": {func(l *usage.License) { l.Rules = usage.Rules{{usage.MinimumSockets, "1"}} }, usage.FieldErrors{
			{"minimumSockets", "Licenses that count cores don’t have this rule."},
		}},
		"tags": {func(l *usage.License) { l.Tags = []usage.Tag{{"", "x"}} }, usage.FieldErrors{{"tag_key.0", "Enter a key for the value “x”."}}},
	} {
		l := oracle()
		c.edit(&l)
		if diff := cmp.Diff(c.want, l.Validate()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for counting, unit := range map[usage.CountingType]string{
		usage.CountVCPU: "vCPUs", usage.CountCore: "cores", usage.CountSocket: "sockets", usage.CountInstance: "instances",
	} {
		l := usage.License{Name: "a", CountingType: counting, HardLimit: true}
		want := usage.FieldErrors{{"license_count", "Enter the number of " + unit + " to enforce a limit."}}
		if diff := cmp.Diff(want, l.Validate()); diff != "" {
			t.Errorf("enforced without a count (-want +got):\n%s", diff)
		}
	}
}

func TestLicenseLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		count               *int64
		consumed, available int64
		limited, over       bool
	}{
		{nil, 25, 0, false, false},
		{new(int64(20)), 0, 20, true, false},
		{new(int64(20)), 19, 1, true, false},
		{new(int64(20)), 20, 0, true, false},
		{new(int64(20)), 25, 0, true, true},
		{new(int64(0)), 0, 0, true, false},
		{new(int64(0)), 1, 0, true, true},
	} {
		l := usage.License{Count: c.count}
		if n, limited := l.Available(c.consumed); n != c.available || limited != c.limited || l.OverLimit(c.consumed) != c.over {
			t.Errorf("%d consumed: %d, %v, over %v", c.consumed, n, limited, l.OverLimit(c.consumed))
		}
	}
}

func TestLicenseState(t *testing.T) {
	t.Parallel()
	day := at("2027-05-31T00:00:00Z")
	if l := (usage.License{ExpiresAt: &day}); l.Expired(day.Add(-time.Microsecond)) || !l.Expired(day) {
		t.Error("a license expires with the begin of its day")
	}
	if (usage.License{}).Expired(day) {
		t.Error("a license without a date expires")
	}
	if (usage.License{Status: usage.LicenseAvailable}).Deactivated() || !(usage.License{Status: usage.LicenseDeactivated}).Deactivated() {
		t.Error("deactivated is a state")
	}
}

func TestLimitError(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]usage.LimitError{
		"“Oracle EE” enforces its limit: 25 cores needed, 20 available.": {"Oracle EE", usage.CountCore, 25, 20},
		"“SQL” enforces its limit: 1 vCPU needed, 0 available.":          {"SQL", usage.CountVCPU, 1, 0},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestCountingTypes(t *testing.T) {
	t.Parallel()
	type words struct{ Label, One, More string }
	got := map[usage.CountingType]words{}
	for _, c := range usage.CountingTypes() {
		got[c] = words{c.Label(), c.Unit(1), c.Unit(0)}
		if !c.Valid() {
			t.Errorf("%s is not valid", c)
		}
	}
	want := map[usage.CountingType]words{
		"vCPU": {"vCPUs", "vCPU", "vCPUs"}, "Core": {"Cores", "core", "cores"},
		"Socket": {"Sockets", "socket", "sockets"}, "Instance": {"Instances", "instance", "instances"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counting types (-want +got):\n%s", diff)
	}
	for _, unknown := range []usage.CountingType{"", "vcpu", "Laptop"} {
		if unknown.Valid() || unknown.Label() != "" || unknown.Unit(1) != "" {
			t.Errorf("%q is known", unknown)
		}
	}
}
