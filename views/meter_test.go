package views

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

func TestMeterLayout(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		segments []Segment
		want     []bar
	}{
		"nothing":    {nil, []bar{}},
		"one":        {[]Segment{{Share: 0.5, Tone: Tone1}}, []bar{{0, 500, Tone1}}},
		"two":        {[]Segment{{Share: 0.25, Tone: Tone1}, {Share: 0.5, Tone: Tone2}}, []bar{{0, 246, Tone1}, {250, 500, Tone2}}},
		"empty part": {[]Segment{{Share: 0, Tone: Tone1}, {Share: 1, Tone: Tone2}}, []bar{{0, 1000, Tone2}}},
		"over":       {[]Segment{{Share: 0.75, Tone: Tone1}, {Share: 0.5, Tone: Tone2}}, []bar{{0, 746, Tone1}, {750, 250, Tone2}}},
		"tiny":       {[]Segment{{Share: 0.0001, Tone: Tone1}, {Share: 0.5, Tone: Tone2}}, []bar{{0, 2, Tone1}, {0.1, 500, Tone2}}},
	} {
		if diff := cmp.Diff(test.want, layOut(test.segments), cmp.AllowUnexported(bar{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestBarOverTheLimit(t *testing.T) {
	t.Parallel()
	limit := int64(75)
	p := LicensePage{
		License:     LicenseRow{License: usage.License{Count: &limit}, Consumed: 100},
		Consumption: usage.Consumption{usage.EC2Instance: {Consumed: 60}, usage.RDS: {Consumed: 40}},
	}
	contains(t, text(t, MeterWithLegend(p.segments(), p.License.rest(), true)), []string{
		`class="v-1" x="0.0" width="596.0"`, `class="v-4" x="600.0" width="146.0"`, `class="v-error" x="750.0" width="250.0"`, "EC2 instances 60", "RDS 40",
	}, "available", "s-error")
	contains(t, text(t, MeterWithLegend(p.segments()[:1], "", false)), []string{"EC2 instances 60"}, "<svg")
	contains(t, text(t, MeterWithLegend(p.segments()[:2], "", false)), []string{"<svg", "RDS 40"})
}
