package views

import "github.com/a-h/templ"

// AssociationsPage is the page on which resources are associated with a self-managed license, or disassociated.
type AssociationsPage struct {
	Page
	License   LicenseRow
	Associate bool // else disassociate
	List      List
	Rows      []ResourceRow
	Total     string          // of the list without its filter; "" if there are none
	Selected  map[string]bool // ids, where what was sent is shown once more
	Problem   string          // why nothing was changed; "" at first
	CrossOff  bool            // only resources of the own account are listed
}

// associationSelection is the id of the form of the selected rows.
const associationSelection = "selection"

// AssociationsURL is the address of the page that associates resources with a license, or disassociates them.
func AssociationsURL(licenseID string, associate bool) string {
	if associate {
		return licenseURL(licenseID, "resources/associate")
	}
	return licenseURL(licenseID, "resources/disassociate")
}

func (p AssociationsPage) verb() string {
	if p.Associate {
		return "Associate"
	}
	return "Disassociate"
}

// Heading is the title of the page.
func (p AssociationsPage) Heading() string {
	if p.Associate {
		return "Associate resources"
	}
	return "Disassociate resources"
}

// AssociationRefusal says why nothing is done without a selected resource.
func AssociationRefusal(associate bool) string {
	if associate {
		return "Select at least one resource to associate."
	}
	return "Select at least one resource to disassociate."
}

// state is what the license has left, in words.
func (p AssociationsPage) state() string {
	text := p.License.Name + ": " + Number(p.License.Consumed) + " " + p.License.ofUnit() + "."
	switch {
	case !p.Associate || p.License.Count == nil:
		return text
	case p.License.HardLimit:
		return text + " The limit is enforced."
	}
	return text
}

func associationRows(p AssociationsPage) templ.Component {
	return render(func(m markup) {
		for _, r := range p.Rows {
			m.raw(`<tr>`).selectRowAs(associationSelection, r.ID, r.ID, p.Selected[r.ID])
			m.resourceCells(r.Resource)
			if p.Associate {
				m.cell("Self-managed license").resourceLicense(r).end()
			} else {
				m.quantity(p.License.CountingType.Label() + " consumed").number(r.Consumed).end()
				m.cell("Associated").ago(p.Clock, r.AssociatedAt).end()
			}
			m.raw(`</tr>`)
		}
	})
}
