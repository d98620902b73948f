package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

func some(n int64) *int64 { return &n }

func testLicense(t testing.TB) LicensePage {
	p, expires := testPage(t), testNow()
	p.Flashes = LicenseInUse("lic-1", hostile, 7, 1, []Link{{Label: hostile, URL: "/usage-reports/r-1"}, {Label: "b", URL: "/usage-reports/r-2"}})
	l := usage.License{
		ID: "lic-1", ARN: "arn:aws:license-manager:x:license-configuration:lic-1", Name: hostile, Description: hostile, CountingType: usage.CountInstance,
		Count: some(20), HardLimit: true, ExpiresAt: &expires, Status: usage.LicenseAvailable, Version: 3, UpdatedAt: expires, UpdatedBy: hostile,
		Rules: usage.Rules{{Name: usage.AllowedTenancy, Value: hostile}, {Name: usage.MinimumCores, Value: "4"}}, Tags: []usage.Tag{{Key: hostile, Value: hostile}},
	}
	return LicensePage{
		Page: p, License: LicenseRow{License: l, Consumed: 25, Resources: 4, Reports: 7},
		Consumption: usage.Consumption{usage.EC2Instance: {Associated: 1, Consumed: 20}, usage.RDS: {Associated: 1, Consumed: 5}, usage.EC2AMI: {Associated: 1}},
		Reports:     []usage.Report{{ID: "r-1", Name: hostile, Status: usage.ReportFailed, Failure: hostile}},
		Resources:   []LicenseResource{{Resource: usage.Resource{ID: hostile, Status: hostile, InstanceType: hostile}, Consumed: 5}}, Elsewhere: 2,
	}
}

func licensePages(t testing.TB) map[string]templ.Component {
	details := testLicense(t)
	list := LicensesPage{Page: details.Page, List: List{Path: "/self-managed-licenses", Sort: "name", Order: "name", Page: 2, Pages: 3}, Rows: []LicenseRow{details.License}, Total: 1}
	empty, none := list, list
	empty.Rows, empty.Total, none.Rows = nil, 0, nil
	form := LicenseFormPage{Page: details.Page, Form: LicenseForm{CountingType: usage.CountVCPU}}
	invalid := LicenseFormPage{Page: details.Page, Form: NewLicenseForm(details.License.License)}
	invalid.Errors = invalid.Form.FieldErrors(details.License.Validate())
	conflict := invalid
	conflict.ID, conflict.Conflict = "lic-1", &details.License.License
	conflict.Form.Name, conflict.Errors = "mine", nil
	remove := LicenseDeletePage{LicensePage: details, Typed: hostile}
	remove.Errors.Add("confirm", "Confirm", "Type “confirm” to delete.")
	return map[string]templ.Component{
		"licenses": Licenses(list), "empty": Licenses(empty), "no matches": Licenses(none),
		"create": LicenseCreate(form), "invalid": LicenseCreate(invalid), "conflict": LicenseEdit(conflict),
		"details": LicenseShow(details), "delete": LicenseDelete(remove), "deactivate": LicenseDeactivate(details),
	}
}

func TestLicensePagesAreSoundHTML(t *testing.T) {
	t.Parallel()
	for name, page := range licensePages(t) {
		out := text(t, page)
		checkHTML(t, name, out)
		if strings.Contains(out, "<script>") || strings.Count(out, "<h1") != 1 || strings.Count(out, "autofocus") > 1 {
			t.Errorf("%s: a value is not escaped, or there is not one heading and one focus", name)
		}
	}
}

func TestLicenseStates(t *testing.T) {
	t.Parallel()
	past, future := testNow().Add(-time.Second), testNow().Add(time.Second)
	for _, test := range []struct {
		license usage.License
		used    int64
		want    string
		tone    Tone
		share   float64
		ofCount string
	}{
		{usage.License{}, 0, "Available", Tone1, 0, "0"},
		{usage.License{}, 12_000, "Available", Tone1, 0, "12,000"},
		{usage.License{Count: some(0)}, 0, "Available", Tone1, 0, "0 of 0"},
		{usage.License{Count: some(0)}, 1, "Over limit", ToneError, 1, "1 of 0"},
		{usage.License{Count: some(1000)}, 799, "Available", Tone1, 0.799, "799 of 1,000"},
		{usage.License{Count: some(1000)}, 800, "80% consumed", ToneWarning, 0.8, "800 of 1,000"},
		{usage.License{Count: some(480)}, 412, "86% consumed", ToneWarning, 412.0 / 480, "412 of 480"},
		{usage.License{Count: some(1000)}, 999, "99% consumed", ToneWarning, 0.999, "999 of 1,000"},
		{usage.License{Count: some(1000)}, 1000, "100% consumed", ToneWarning, 1, "1,000 of 1,000"},
		{usage.License{Count: some(20)}, 25, "Over limit", ToneError, 1, "25 of 20"},
		{usage.License{Count: some(20), ExpiresAt: &future}, 0, "Available", Tone1, 0, "0 of 20"},
		{usage.License{Count: some(20), ExpiresAt: &past}, 25, "Expired", ToneError, 1, "25 of 20"},
		{usage.License{Status: usage.LicenseDeactivated, ExpiresAt: &past}, 0, "Deactivated", Tone1, 0, "0"},
	} {
		row := LicenseRow{License: test.license, Consumed: test.used}
		_, state := row.state(testNow())
		if state != test.want || row.tone() != test.tone || row.share() != test.share || row.ofCount() != test.ofCount {
			t.Errorf("%s: %s, tone %s, share %v, want %s, %s, %v", row.ofCount(), state, row.tone(), row.share(), test.want, test.tone, test.share)
		}
	}
}

func TestLicenseOverTheLimit(t *testing.T) {
	t.Parallel()
	p := testLicense(t)
	contains(t, text(t, licenseConsumption(p)), []string{`<strong class="big">25</strong> of 20 instances consumed`, "(125.0%)", "5 over the limit", "EC2 instances 20", "RDS 5"}, "available", "AMI")
	p.License.Count, p.License.Consumed = nil, 1
	contains(t, text(t, licenseConsumption(p)), []string{"instance consumed"}, "available", "limit", "%)")
}

func TestLicenseRulesInWords(t *testing.T) {
	t.Parallel()
	rules, err := usage.ParseRules("#allowedTenancy=EC2-Default;#licenseAffinityToHost=1;#honorVcpuOptimization=false;#minimumVcpus=1;#maximumCores=1024;#minimumSockets=2")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Shared", "Host affinity 1 day", "Ignores vCPU optimization", "Minimum 1 vCPU", "Maximum 1,024 cores", "Minimum 2 sockets"}
	if got := ruleWords(rules); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryRuleIsInTheForm(t *testing.T) {
	t.Parallel()
	for _, counting := range usage.CountingTypes() {
		for _, rule := range usage.RuleNames(counting) {
			known := slices.ContainsFunc(licenseRuleGroups(), func(g ruleGroup) bool {
				return slices.Contains(g.rules, rule) && slices.Contains(g.types, counting)
			})
			if !known {
				t.Errorf("%s is not offered for %s", rule, counting)
			}
		}
	}
}

func TestLicenseErrorsAreInTheOrderOfTheForm(t *testing.T) {
	t.Parallel()
	var errs usage.FieldErrors
	for _, field := range []string{"tag_value.1", "minimumSockets", "license_count", "expires", "license_count", "name"} {
		errs.Add(field, "Message of "+field)
	}
	var got []string
	for _, e := range (LicenseForm{CountingType: usage.CountSocket}).FieldErrors(errs) {
		got = append(got, e.Field+": "+e.Label)
	}
	want := []string{"name: Name", "license_count: Number of sockets", "expires: License expires", "minimumSockets: Minimum sockets", "tag-value-1: Value of tag 2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLicenseInUseNamesWhatBlocks(t *testing.T) {
	t.Parallel()
	flashes := LicenseInUse("lic-1", "A", 3, 2, []Link{{Label: "x", URL: "/x"}, {Label: "y", URL: "/y"}, {Label: "z", URL: "/z"}})
	contains(t, text(t, FlashBar(Page{Flashes: flashes})), []string{
		"Self-managed license A can’t be deleted.", `associated: <a href="/x">x</a>, <a href="/y">y</a>, and <a href="/z">z</a>. It also has 2 tracked resources. Delete those usage reports and disassociate those resources first, and then delete the license.`,
		`href="/usage-reports?license=lic-1">View usage reports`,
	})
	if len(flashes) != 1 {
		t.Errorf("%d flashes say that one license can’t be deleted", len(flashes))
	}
}
