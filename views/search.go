package views

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// SearchPage is what the search in the top bar finds, by kind.
type SearchPage struct {
	Page
	Text          string       // what is searched for; "" before the first search
	Licenses      []LicenseRow // the first of them
	LicenseCount  string       // how many there are: "12", "10,000+"
	Reports       []ReportItem // one that was deleted is among them if its id is searched for
	ReportCount   string
	Resources     []ResourceRow
	ResourceCount string
	Tags          map[string]usage.Tag // that have the text in them, by the id of the license or report
}

// searchLabel names the field of the search.
const searchLabel = "Search licenses, reports, and resources"

// Found tells whether there is anything to show.
func (p SearchPage) Found() bool { return len(p.Licenses)+len(p.Reports)+len(p.Resources) > 0 }

// more is a link to the list of all that were found, where not all are shown.
func (p SearchPage) more(section Section, shown int, count string) templ.Component {
	if count == Number(int64(shown)) {
		return nil
	}
	return ButtonLink(p.listURL(section), "View all "+count+" matches")
}

// moreResources is more for resources, whose list finds the text in the middle of an id, too, and in other columns.
func (p SearchPage) moreResources() templ.Component {
	if p.ResourceCount == Number(int64(len(p.Resources))) {
		return nil
	}
	return ButtonLink(p.listURL(SectionResources), "More in tracked resources")
}

func (p SearchPage) listURL(section Section) string {
	return string(section) + "?q=" + url.QueryEscape(p.Text)
}

// found writes, under the name in its first cell, by what else than the name something was found.
func (p SearchPage) found(m markup, id, description string) {
	if sought := usage.IDIn(p.Text); strings.HasPrefix(id, sought) && (usage.BeginsLicenseID(sought) || usage.BeginsReportID(sought)) {
		m.raw(" ").sub(id)
	}
	if strings.Contains(usage.FoldName(description), usage.FoldName(p.Text)) {
		m.raw(" ").sub(description)
	}
	if tag, ok := p.Tags[id]; ok {
		m.raw(" ").badges("Tag " + tagLabel(tag))
	}
}

func tagLabel(tag usage.Tag) string {
	if tag.Value == "" {
		return tag.Key
	}
	return tag.Key + ": " + tag.Value
}

func foundLicenses(p SearchPage) templ.Component {
	return render(func(m markup) {
		for _, l := range p.Licenses {
			kind, state := l.state(p.Now)
			m.raw(`<tr><td class="rowhead">`).link(licenseURL(l.ID, ""), l.Name)
			p.found(m, l.ID, l.Description)
			m.end()
			m.cell("Status").status(kind, state).end()
			m.cell("License type").text(l.CountingType.Label()).end()
			m.cell("Consumed").text(l.ofCount()).end()
			m.raw(`</tr>`)
		}
	})
}

func foundReports(p SearchPage) templ.Component {
	return render(func(m markup) {
		for i := range p.Reports {
			r := &p.Reports[i]
			m.raw(`<tr><td class="rowhead">`).link(r.URL(), r.Name)
			p.found(m, r.ID, r.Description)
			m.end()
			m.cell("Status").foundStatus(p, r).end()
			m.cell("Self-managed license")
			if r.License == "" {
				m.raw(Missing)
			} else {
				m.link(r.licenseURL(), r.License)
			}
			m.end()
			m.nowrap("Last report").ago(p.Clock, r.last()).end()
			m.raw(`</tr>`)
		}
	})
}

func (m markup) foundStatus(p SearchPage, r *ReportItem) markup {
	if r.Deleted() {
		return m.status(KindStopped, "Deleted")
	}
	return m.status(lastStatus(r, p.Now))
}

func foundResources(p SearchPage) templ.Component {
	return render(func(m markup) {
		for _, r := range p.Resources {
			m.raw(`<tr><td class="rowhead">`).link(ResourceURL(r.ID), r.ID)
			if !strings.HasPrefix(strings.ToLower(r.ID), strings.ToLower(p.Text)) {
				m.raw(" ").sub(r.ARN)
			}
			m.end()
			m.cell("Status").resourceStatus(r.Resource).end()
			m.cell("Resource type").text(r.Type.Label()).end()
			m.nowrap("Owner account").text(Account(r.OwnerAccountID)).end()
			m.cell("Self-managed license").resourceLicense(r).end()
			m.raw(`</tr>`)
		}
	})
}
