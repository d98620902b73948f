package views

import (
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// LicensePage is the page of GET /self-managed-licenses/{id}.
type LicensePage struct {
	Page
	License     LicenseRow // with its tags
	Consumption usage.Consumption
	OverTime    Consumption
	Reports     []usage.Report    // the first few
	Resources   []LicenseResource // the first few
	Elsewhere   int64             // associated resources of other accounts, which are not listed
}

// LicenseResource is a tracked resource that uses the license.
type LicenseResource struct {
	usage.Resource
	Consumed     int64 // licenses
	AssociatedAt time.Time
}

func (p LicensePage) url(page string) string { return licenseURL(p.License.ID, page) }

// counted is the license count with its unit: "480 vCPUs".
func (l LicenseRow) counted() string {
	if l.Count == nil {
		return "No limit"
	}
	return Number(*l.Count) + " " + l.CountingType.Unit(*l.Count)
}

func (l LicenseRow) limit() string {
	switch {
	case l.Count == nil:
		return "No limit set"
	case l.HardLimit:
		return "Enforced: usage over " + Number(*l.Count) + " is refused"
	}
	return "Soft: usage over " + Number(*l.Count) + " is allowed and flagged"
}

// ofUnit follows the consumed number: "of 480 vCPUs consumed".
func (l LicenseRow) ofUnit() string {
	if l.Count == nil {
		return l.CountingType.Unit(l.Consumed) + " consumed"
	}
	return "of " + l.counted() + " consumed"
}

// rest is what is left of the limit, "" without one.
func (l LicenseRow) rest() string {
	left, limited := l.Available(l.Consumed)
	if !limited || l.OverLimit(l.Consumed) {
		return ""
	}
	return Number(left) + " available"
}

// segments are the parts of the consumption by resource type, and what is over the limit. The bar is as long as the
// limit, or as the consumption where that is more.
func (p LicensePage) segments() []Segment {
	whole := p.License.Consumed
	within := whole
	if p.License.Count != nil {
		whole, within = max(whole, *p.License.Count), *p.License.Count
	}
	tones := map[usage.ResourceType]Tone{usage.EC2Instance: Tone1, usage.ManagedInstance: Tone2, usage.EC2Host: Tone3, usage.RDS: Tone4}
	var segments []Segment
	for _, t := range []usage.ResourceType{usage.EC2Instance, usage.ManagedInstance, usage.EC2Host, usage.RDS} {
		if n := p.Consumption[t].Consumed; n > 0 {
			segments = append(segments, Segment{Label: resourceTypes(t), Value: Number(n), Share: float64(min(n, within)) / float64(whole), Tone: tones[t]})
			within -= min(n, within)
		}
	}
	if p.License.OverLimit(p.License.Consumed) {
		over := float64(p.License.Consumed-*p.License.Count) / float64(whole)
		segments = append(segments, Segment{Share: over, Tone: ToneError})
	}
	return segments
}

// resourceTypes is a resource type in the plural.
func resourceTypes(t usage.ResourceType) string {
	if t == usage.RDS {
		return t.Label()
	}
	return t.Label() + "s"
}

// changedAgo is a time within a sentence.
func changedAgo(c Clock, t time.Time) string {
	if c.Now.Sub(t) < time.Minute {
		return "just now"
	}
	return c.Relative(t)
}

func licenseReportRows(p LicensePage) templ.Component {
	return render(func(m markup) {
		for _, r := range p.Reports {
			item := ReportItem{Report: r}
			kind, state, reason := reportStatus(r, p.Now)
			m.raw(`<tr><td class="rowhead">`).link(item.URL(), r.Name).end()
			m.cell("Status").statusWithReason(kind, state, reason).end()
			m.cell("Frequency").text(r.Frequency.ShortLabel()).end()
			m.nowrap("Last report").ago(p.Clock, item.last()).end()
			m.nowrap("Next report").ago(p.Clock, item.next(p.Now)).end()
			m.raw(`</tr>`)
		}
	})
}

func licenseResourceRows(p LicensePage) templ.Component {
	return render(func(m markup) {
		for _, r := range p.Resources {
			m.raw(`<tr><td class="rowhead">`).link(ResourceURL(r.ID), r.ID).end()
			m.cell("Status").resourceStatus(r.Resource).end()
			m.cell("Resource type").text(r.Type.Label()).end()
			m.cell("Instance type").text(OrMissing(r.InstanceType)).end()
			m.nowrap("Owner account").text(Account(r.OwnerAccountID)).end()
			m.quantity(p.License.CountingType.Label() + " consumed").number(r.Consumed).end()
			m.nowrap("Associated").ago(p.Clock, r.AssociatedAt).end()
			m.raw(`</tr>`)
		}
	})
}

func licenseTagRows(tags []usage.Tag) templ.Component {
	return render(func(m markup) {
		for _, tag := range tags {
			m.raw(`<tr><td class="rowhead">`).text(tag.Key).end().cell("Value").text(OrMissing(tag.Value)).end().raw(`</tr>`)
		}
	})
}
