package usage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

func TestParseRule(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]usage.Rule{
		"#allowedTenancy=EC2-Default":           {Name: usage.AllowedTenancy, Value: "EC2-Default"},
		"#allowedTenancy=EC2-DedicatedHost":     {Name: usage.AllowedTenancy, Value: "EC2-DedicatedHost"},
		"#allowedTenancy=EC2-DedicatedInstance": {Name: usage.AllowedTenancy, Value: "EC2-DedicatedInstance"},
		"#licenseAffinityToHost=1":              {Name: usage.LicenseAffinityToHost, Value: "1"},
		"#licenseAffinityToHost=180":            {Name: usage.LicenseAffinityToHost, Value: "180"},
		"#honorVcpuOptimization=True":           {Name: usage.HonorVCPUOptimization, Value: "True"},
		"#honorVcpuOptimization=true":           {Name: usage.HonorVCPUOptimization, Value: "True"},
		"#honorVcpuOptimization=TRUE":           {Name: usage.HonorVCPUOptimization, Value: "True"},
		"#honorVcpuOptimization=fAlSe":          {Name: usage.HonorVCPUOptimization, Value: "False"},
		"#minimumVcpus=0":                       {Name: usage.MinimumVCPUs, Value: "0"},
		"#minimumVcpus=-0":                      {Name: usage.MinimumVCPUs, Value: "0"},
		"#maximumVcpus=1000000000":              {Name: usage.MaximumVCPUs, Value: "1000000000"},
		"#minimumCores= 4 ":                     {Name: usage.MinimumCores, Value: "4"},
		"#maximumCores=+008":                    {Name: usage.MaximumCores, Value: "8"},
		"#minimumSockets=1":                     {Name: usage.MinimumSockets, Value: "1"},
		"#maximumSockets=2":                     {Name: usage.MaximumSockets, Value: "2"},
	} {
		got, err := usage.ParseRule(text)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestParseRuleRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                   `rule "" is not of the form #name=value`,
		"#minimumCores":                      `rule "#minimumCores" is not of the form #name=value`,
		"minimumCores=4":                     `rule "minimumCores=4" is not of the form #name=value`,
		"##minimumCores=4":                   "This rule isn’t known.",
		"#MinimumCores=4":                    "This rule isn’t known.",
		"#=4":                                "This rule isn’t known.",
		"#minimumCores=":                     "Enter a whole number, 0 or greater.",
		"#minimumCores=-1":                   "Enter a whole number, 0 or greater.",
		"#maximumVcpus=1.5":                  "Enter a whole number, 0 or greater.",
		"#maximumVcpus=1_000":                "Enter a whole number, 0 or greater.",
		"#minimumSockets=٣":                  "Enter a whole number, 0 or greater.",
		"#maximumCores=1000000001":           "Enter 1,000,000,000 or fewer.",
		"#maximumCores=99999999999999999999": "Enter 1,000,000,000 or fewer.",
		"#licenseAffinityToHost=0":           "Enter 1 to 180 days.",
		"#licenseAffinityToHost=181":         "Enter 1 to 180 days.",
		"#licenseAffinityToHost=x":           "Enter 1 to 180 days.",
		"#honorVcpuOptimization=yes":         "Choose True or False.",
		"#honorVcpuOptimization=":            "Choose True or False.",
		"#allowedTenancy=ec2-default":        "Choose a tenancy: EC2-Default, EC2-DedicatedHost, EC2-DedicatedInstance.",
		"#allowedTenancy=":                   "Choose a tenancy: EC2-Default, EC2-DedicatedHost, EC2-DedicatedInstance.",
		"#minimumCores=4;#maximumCores=8":    "Enter a whole number, 0 or greater.",
	} {
		if rule, err := usage.ParseRule(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", text, rule, err, want)
		}
	}
}

func TestParseRules(t *testing.T) {
	t.Parallel()
	got, err := usage.ParseRules("#honorVcpuOptimization=true;#minimumVcpus=02;#maximumVcpus=8")
	want := usage.Rules{
		{Name: usage.HonorVCPUOptimization, Value: "True"}, {Name: usage.MinimumVCPUs, Value: "2"}, {Name: usage.MaximumVCPUs, Value: "8"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("rules (-want +got):\n%s%v", diff, err)
	}
	if got.String() != "#honorVcpuOptimization=True;#minimumVcpus=2;#maximumVcpus=8" {
		t.Errorf("text %q", got)
	}
	if none, err := usage.ParseRules(""); none != nil || err != nil || none.String() != "" {
		t.Errorf("no rules: %v, %v", none, err)
	}
	for _, bad := range []string{";", "#minimumCores=1;", "#minimumCores=1;#minimumCores=2", "#minimumCores=1,#maximumCores=2"} {
		if rules, err := usage.ParseRules(bad); err == nil {
			t.Errorf("%q gives %v", bad, rules)
		}
	}
}

// valid is a rule of every name.
func valid() map[usage.RuleName]string {
	return map[usage.RuleName]string{
		usage.AllowedTenancy: "EC2-Default", usage.LicenseAffinityToHost: "30", usage.HonorVCPUOptimization: "True",
		usage.MinimumVCPUs: "2", usage.MaximumVCPUs: "8", usage.MinimumCores: "2", usage.MaximumCores: "8",
		usage.MinimumSockets: "1", usage.MaximumSockets: "2",
	}
}

func TestRulesPerCountingType(t *testing.T) {
	t.Parallel()
	vcpus := []usage.RuleName{usage.MinimumVCPUs, usage.MaximumVCPUs}
	cores := []usage.RuleName{usage.MinimumCores, usage.MaximumCores}
	sockets := []usage.RuleName{usage.MinimumSockets, usage.MaximumSockets}
	for _, c := range []struct {
		counting       usage.CountingType
		offered, taken [][]usage.RuleName
	}{
		{usage.CountVCPU, [][]usage.RuleName{{usage.AllowedTenancy, usage.HonorVCPUOptimization}, vcpus}, nil},
		{usage.CountCore, [][]usage.RuleName{{usage.AllowedTenancy, usage.LicenseAffinityToHost}, cores}, nil},
		{usage.CountSocket, [][]usage.RuleName{{usage.AllowedTenancy, usage.LicenseAffinityToHost}, sockets}, nil},
		{usage.CountInstance, [][]usage.RuleName{{usage.AllowedTenancy}, vcpus}, [][]usage.RuleName{cores, sockets}},
		{"Laptop", nil, nil},
	} {
		offered := flat(c.offered)
		if diff := cmp.Diff(offered, usage.RuleNames(c.counting)); diff != "" {
			t.Errorf("%s offers (-want +got):\n%s", c.counting, diff)
		}
		if !c.counting.Valid() {
			continue
		}
		taken := map[usage.RuleName]bool{}
		for _, name := range append(offered, flat(c.taken)...) {
			taken[name] = true
		}
		for name, value := range valid() {
			want := ""
			if !taken[name] {
				want = "Licenses that count " + c.counting.Unit(2) + " don’t have this rule."
			}
			if got := (usage.Rules{{Name: name, Value: value}}).Validate(c.counting).For(string(name)); got != want {
				t.Errorf("%s on %s: %q, want %q", name, c.counting, got, want)
			}
		}
	}
}

func flat(groups [][]usage.RuleName) []usage.RuleName {
	var all []usage.RuleName
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}

func TestRulesValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rules    usage.Rules
		counting usage.CountingType
		want     usage.FieldErrors
	}{
		{nil, usage.CountCore, nil},
		{usage.Rules{{usage.MinimumCores, "8"}, {usage.MaximumCores, "8"}}, usage.CountCore, nil},
		{usage.Rules{{usage.MinimumCores, " 08 "}, {usage.MaximumCores, "+9"}}, usage.CountCore, nil},
		{usage.Rules{{usage.HonorVCPUOptimization, "tRUE"}}, usage.CountVCPU, nil},
		{
			usage.Rules{{usage.MinimumCores, "9"}, {usage.MaximumCores, "8"}}, usage.CountCore,
			usage.FieldErrors{{"minimumCores", "Minimum must be 8 or fewer."}},
		},
		{
			usage.Rules{{usage.MaximumVCPUs, "1"}, {usage.MinimumVCPUs, "2"}}, usage.CountVCPU,
			usage.FieldErrors{{"minimumVcpus", "Minimum must be 1 or fewer."}},
		},
		{ // numbers are compared as numbers
			usage.Rules{{usage.MinimumSockets, "9"}, {usage.MaximumSockets, "10"}}, usage.CountInstance, nil,
		},
		{
			usage.Rules{{usage.MinimumSockets, "x"}, {usage.MaximumSockets, "-3"}, {usage.LicenseAffinityToHost, "200"}}, usage.CountSocket,
			usage.FieldErrors{
				{"minimumSockets", "Enter a whole number, 0 or greater."},
				{"maximumSockets", "Enter a whole number, 0 or greater."},
				{"licenseAffinityToHost", "Enter 1 to 180 days."},
			},
		},
		{
			usage.Rules{{usage.MinimumCores, "1"}, {usage.MinimumCores, "1"}}, usage.CountCore,
			usage.FieldErrors{{"minimumCores", "This rule is given twice."}},
		},
		{
			usage.Rules{{"minimumHeads", "1"}}, usage.CountCore,
			usage.FieldErrors{{"minimumHeads", "This rule isn’t known."}},
		},
	} {
		if diff := cmp.Diff(c.want, c.rules.Validate(c.counting)); diff != "" {
			t.Errorf("%s on %s (-want +got):\n%s", c.rules, c.counting, diff)
		}
	}
}

// What Validate lets pass must be readable from the database again.
func TestRulesStored(t *testing.T) {
	t.Parallel()
	for _, rules := range []usage.Rules{
		nil,
		{{usage.AllowedTenancy, " EC2-DedicatedHost"}, {usage.MinimumCores, "01"}},
		{{usage.HonorVCPUOptimization, "TRUE"}},
	} {
		stored, err := rules.Value()
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range []any{stored, []byte(stored.(string))} {
			var got usage.Rules
			if err := got.Scan(column); err != nil || got.String() != rules.Normalized().String() {
				t.Errorf("%q is read as %q, %v", stored, got, err)
			}
		}
	}
	var rules usage.Rules
	for _, column := range []any{nil, int64(1), "#minimumCores", []byte("x")} {
		if err := rules.Scan(column); err == nil {
			t.Errorf("%v is read as %v", column, rules)
		}
	}
	if kind := rules.GormDataType(); kind != "text" {
		t.Errorf("column type %s", kind)
	}
}

func TestRulesCheck(t *testing.T) {
	t.Parallel()
	four := usage.Resource{Tenancy: "host", VCPUs: new(int64(4)), Cores: new(int64(4)), Sockets: new(int64(4))}
	for _, c := range []struct {
		rules    string
		resource usage.Resource
		want     string
	}{
		{"", four, ""},
		{"#allowedTenancy=EC2-DedicatedHost;#minimumCores=4;#maximumCores=4;#minimumVcpus=4;#maximumVcpus=4;#minimumSockets=4;#maximumSockets=4", four, ""},
		{"#allowedTenancy=EC2-Default", four, "The license allows the tenancy EC2-Default only; the resource has EC2-DedicatedHost."},
		{"#allowedTenancy=EC2-Default", usage.Resource{Tenancy: "dedicated"}, "The license allows the tenancy EC2-Default only; the resource has EC2-DedicatedInstance."},
		{"#allowedTenancy=EC2-DedicatedInstance", usage.Resource{Tenancy: "EC2-dedicatedinstance"}, ""},
		{"#allowedTenancy=EC2-Default", usage.Resource{Tenancy: "Shared"}, ""},
		{"#allowedTenancy=EC2-Default", usage.Resource{}, ""}, // not known, so not broken
		{"#minimumCores=5", four, "The license requires at least 5 cores; the resource has 4."},
		{"#maximumCores=1", four, "The license requires at most 1 core; the resource has 4."},
		{"#minimumVcpus=5", four, "The license requires at least 5 vCPUs; the resource has 4."},
		{"#maximumVcpus=3", four, "The license requires at most 3 vCPUs; the resource has 4."},
		{"#minimumSockets=5", four, "The license requires at least 5 sockets; the resource has 4."},
		{"#maximumSockets=0", four, "The license requires at most 0 sockets; the resource has 4."},
		{"#minimumCores=5;#maximumVcpus=1;#minimumSockets=9", usage.Resource{}, ""},
		{"#licenseAffinityToHost=180", usage.Resource{Tenancy: "default"}, ""},
	} {
		rules, err := usage.ParseRules(c.rules)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := rules.Check(c.resource); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.rules, got, c.want)
		}
	}
}

// A rule that parses has one form, and that form parses to itself.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		"", "#minimumCores=4", "#allowedTenancy=EC2-Default;#honorVcpuOptimization=TRUE", "#maximumVcpus=+0007", "#minimumCores=-0",
		"#minimumCores=1;#minimumCores=1", "#licenseAffinityToHost= 180 ", "##=;", "#minimumSockets=9223372036854775808", "#allowedTenancy=\xff", "=#;=#",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := usage.ParseRules(text)
		if err != nil {
			return
		}
		again, err := usage.ParseRules(rules.String())
		if err != nil || cmp.Diff(rules, again) != "" || again.String() != rules.String() {
			t.Errorf("%q gives %q gives %q, %v", text, rules, again, err)
		}
		for _, rule := range rules {
			if !slices.ContainsFunc(usage.CountingTypes(), func(c usage.CountingType) bool { return usage.Rules{rule}.Validate(c) == nil }) {
				t.Errorf("no license may have %s", rule)
			}
		}
		if err := rules.Check(usage.Resource{}); err != nil {
			t.Errorf("%q is broken by what is not known: %v", text, err)
		}
	})
}
