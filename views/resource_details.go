package views

import (
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// ResourcePage is the page of GET /tracked-resources/{id}.
type ResourcePage struct {
	Page
	Resource usage.Resource
	Uses     []ResourceUse
	Foreign  bool // of another account, while only those of the own account are shown
}

// Heading is the title of the page, which does not tell of a resource that is not shown.
func (p ResourcePage) Heading() string {
	if p.Foreign {
		return "Resource of another account"
	}
	return p.Resource.ID
}

// Use is the use of the license, if the resource uses it.
func (p ResourcePage) Use(licenseID string) (use ResourceUse, ok bool) {
	for _, use := range p.Uses {
		if use.LicenseID == licenseID {
			return use, true
		}
	}
	return ResourceUse{}, false
}

// disassociateDialog asks whether the resource is to use the license no longer.
func (p ResourcePage) disassociateDialog(use ResourceUse) Dialog {
	return Dialog{
		Title: "Disassociate resource", Question: disassociateQuestion(p.Resource.ID, use.LicenseName),
		Action: AssociationsURL(use.LicenseID, false), CancelURL: ResourceURL(p.Resource.ID), Submit: "Disassociate",
		Hidden: []Param{{Name: "id", Value: p.Resource.ID}},
	}
}

// ResourceUse is a self-managed license that a resource uses.
type ResourceUse struct {
	LicenseID    string
	LicenseName  string
	CountingType usage.CountingType
	Consumed     int64
	Given        bool // the consumption was given by an import
	AssociatedAt time.Time
}

// ForeignResource is the page instead of a resource of another account while resources of other accounts are not listed.
func ForeignResource(p Page) ErrorPage {
	e := NewErrorPage(p, http.StatusNotFound, "")
	e.Title, e.Heading = p.Title, p.Title
	e.Message = "This tracked resource belongs to another AWS account, and cross-account inventory search is off. An administrator can turn it on to show the resource."
	e.Links = []Link{{Label: "Tracked resources", URL: string(SectionResources)}}
	if p.CanAdminister {
		e.Message = "This tracked resource belongs to another AWS account, and cross-account inventory search is off. Turn it on to show the resource."
		e.Links = append(e.Links, Link{Label: "Settings", URL: "/settings"})
	}
	return e
}

// disassociateURL asks whether one resource is to use the license no longer.
func disassociateURL(licenseID, resourceID string) string {
	return AssociationsURL(licenseID, false) + "?id=" + url.QueryEscape(resourceID)
}

// countText is a number that may not be known.
func countText(n *int64) string {
	if n == nil {
		return Missing
	}
	return Number(*n)
}

func resourceUseRows(p ResourcePage) templ.Component {
	return render(func(m markup) {
		for _, u := range p.Uses {
			m.raw(`<tr><td class="rowhead">`).link(licenseURL(u.LicenseID, ""), u.LicenseName).end()
			m.cell("License type").text(u.CountingType.Label()).end()
			m.quantity("Consumed").number(u.Consumed).end()
			m.cell("Counted by").text(u.countedBy(p.Resource)).end()
			m.nowrap("Associated").ago(p.Clock, u.AssociatedAt).end()
			if p.CanEdit {
				m.cell("Action").disassociateLink(u, p.Resource.ID).end()
			}
			m.raw(`</tr>`)
		}
	})
}

// disassociateLink opens the question as a dialog over the page.
func (m markup) disassociateLink(u ResourceUse, resourceID string) markup {
	address := disassociateURL(u.LicenseID, resourceID)
	m.raw(`<a href="`).url(address).raw(`" data-hx-get="`).url(address)
	m.raw(`" data-hx-target="#dialog" data-hx-swap="innerHTML" data-hx-push-url="false" aria-label="Disassociate from `).text(u.LicenseName)
	return m.raw(`">Disassociate</a>`)
}

// countedBy says where the consumption comes from.
func (u ResourceUse) countedBy(r usage.Resource) string {
	switch {
	case r.Type == usage.EC2AMI:
		return "Images consume nothing"
	case r.Stopped():
		return "Nothing while " + r.Status
	case u.Given:
		return "Number in the import"
	case u.CountingType == usage.CountInstance:
		return "1 per resource"
	}
	return u.CountingType.Label() + " of the resource"
}
