package views

import (
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// DashboardPage is the home page.
type DashboardPage struct {
	Page
	Attention    []Attention   // the most pressing first
	Licenses     []LicenseRow  // those of which most is used first
	LicenseCount string        // how many there are: "12", "10,000+"
	Reports      []ReportItem  // those published last first
	ReportCount  string        // how many there are
	Start        *ReportsStart // what to do first; nil where there are reports
}

// Attention is something that somebody should look at.
type Attention struct {
	Kind  Kind
	Title string           // "2 usage reports failed"
	URL   string           // of the list of all of them
	Named []AttentionNamed // the first of them
	All   string           // how many there are, where not all are named: "12"
}

// AttentionNamed is one of those that an Attention is about.
type AttentionNamed struct {
	Name, URL string
	Note      string // what is the matter with it
}

// BucketAttention is for a bucket whose last connection test failed.
func BucketAttention(failure string) Attention {
	return Attention{Kind: KindError, Title: "The last connection test of the S3 bucket failed", URL: string(SectionSettings), Named: []AttentionNamed{{Note: failure}}}
}

// AddReports adds reports that failed or are overdue: how many, and the first of them.
func (p *DashboardPage) AddReports(status usage.ReportStatus, total string, reports []usage.Report) {
	if len(reports) == 0 {
		return
	}
	a := Attention{Kind: KindError, Title: howMany(total, "usage report", "usage reports") + " failed", URL: string(SectionReports) + "?status=" + string(status)}
	if status == usage.ReportOverdue {
		a.Kind, a.Title = KindWarning, howMany(total, "usage report is", "usage reports are")+" overdue"
	}
	for _, r := range reports {
		named := AttentionNamed{Name: r.Name, URL: ReportURL(r.ID), Note: firstSentence(r.Failure)}
		if status == usage.ReportOverdue && r.NextRunAt != nil {
			named.Note = "Was due " + p.Absolute(*r.NextRunAt)
		}
		a.Named = append(a.Named, named)
	}
	p.add(a, total)
}

// LicenseAttention are the states of licenses that need attention, the most pressing first.
func LicenseAttention() []string {
	return []string{"over-limit", "limit-reached", "expired", "expiring"}
}

// AddLicenses adds licenses in one of the states of LicenseAttention.
func (p *DashboardPage) AddLicenses(status, total string, licenses []LicenseRow) {
	if len(licenses) == 0 {
		return
	}
	a := Attention{Kind: KindError, URL: string(SectionLicenses) + "?status=" + status}
	switch status {
	case "over-limit":
		a.Title = howMany(total, "self-managed license is", "self-managed licenses are") + " over the limit"
	case "limit-reached":
		a.Kind = KindWarning
		a.Title = howMany(total, "self-managed license reaches its limit", "self-managed licenses reach their limits") + " within 30 days"
	case "expired":
		a.Title = howMany(total, "self-managed license has", "self-managed licenses have") + " expired"
	case "expiring":
		a.Kind = KindWarning
		a.Title = howMany(total, "self-managed license expires", "self-managed licenses expire") + " within 30 days"
	}
	for _, l := range licenses {
		a.Named = append(a.Named, AttentionNamed{Name: l.Name, URL: licenseURL(l.ID, ""), Note: p.attentionNote(l, status)})
	}
	p.add(a, total)
}

func (p *DashboardPage) add(a Attention, total string) {
	if total != Number(int64(len(a.Named))) {
		a.All = total
	}
	p.Attention = append(p.Attention, a)
}

func (p *DashboardPage) attentionNote(l LicenseRow, status string) string {
	switch {
	case status == "over-limit":
		return l.amount()
	case status == "limit-reached" && l.LimitReachedAt != nil:
		return "About " + p.Date(*l.LimitReachedAt) + ", now " + l.amount()
	}
	return Clock{}.Date(licenseExpiry(l.License))
}

// howMany is a counted number with its noun.
func howMany(total, one, many string) string {
	if total == "1" {
		return "1 " + one
	}
	return total + " " + many
}

// amount is what of the license is used, with its unit: "412 of 480 vCPUs".
func (l LicenseRow) amount() string {
	n := l.Consumed
	if l.Count != nil {
		n = *l.Count
	}
	return l.ofCount() + " " + l.CountingType.Unit(n)
}

func attentionList(all []Attention) templ.Component {
	return render(func(m markup) {
		m.raw(`<ul class="attention">`)
		for _, a := range all {
			m.attention(a)
		}
		m.raw(`</ul>`)
	})
}

func (m markup) attention(a Attention) {
	m.raw(`<li><p class="status `).raw(a.Kind.class()).raw(`">`).icon(a.Kind.icon()).link(a.URL, a.Title).raw(`</p>`)
	m.raw(`<ul>`)
	for _, n := range a.Named {
		m.raw(`<li>`)
		if n.Name != "" {
			m.link(n.URL, n.Name)
		}
		m.raw(` <span class="muted">`).text(n.Note).raw(`</span></li>`)
	}
	if a.All != "" {
		m.raw(`<li>`).link(a.URL, "All "+a.All).raw(`</li>`)
	}
	m.raw(`</ul></li>`)
}

// useRows are the licenses with a meter each.
func useRows(p DashboardPage) templ.Component {
	return render(func(m markup) {
		for _, l := range p.Licenses {
			kind, state := l.state(p.Now)
			m.raw(`<tr><td class="rowhead">`).link(licenseURL(l.ID, ""), l.Name).end()
			m.raw(`<td class="consumed wide" data-label="Consumed">`).text(l.amount())
			if l.Count != nil {
				m.component(Meter(l.share(), l.tone()))
			}
			m.end()
			m.quantity("Utilization").text(l.utilization()).end()
			m.cell("Status").status(kind, state).end()
			m.raw(`</tr>`)
		}
	})
}

// utilization is the consumed share of the limit in percent.
func (l LicenseRow) utilization() string {
	if l.Count == nil {
		return Missing
	}
	return Percent(l.Consumed, *l.Count)
}

// lastRows are the usage reports that were published last.
func lastRows(p DashboardPage) templ.Component {
	return render(func(m markup) {
		for i := range p.Reports {
			r := &p.Reports[i]
			m.raw(`<tr><td class="rowhead">`).link(r.URL(), r.Name).end()
			m.cell("Status").status(lastStatus(r, p.Now)).end()
			m.cell("License").link(r.licenseURL(), r.License).end()
			m.nowrap("Last report").ago(p.Clock, r.last()).end()
			m.nowrap("Next report").ago(p.Clock, r.next(p.Now)).end()
			m.raw(`</tr>`)
		}
	})
}

func lastStatus(r *ReportItem, now time.Time) (Kind, string) {
	kind, label, _ := r.status(now)
	return kind, label
}

// polls reports whether something on the page is about to change.
func (p DashboardPage) polls() bool { return ReportsPage{Reports: p.Reports}.polls() }
