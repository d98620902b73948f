package views

import (
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// ResourcePage is the page of GET /tracked-resources/{id}.
type ResourcePage struct {
	Page
	Resource usage.Resource
	Uses     []ResourceUse
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
			m.raw(`</tr>`)
		}
	})
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
