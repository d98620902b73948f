package views

import (
	"net/url"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// ResourcesPage is the page of GET /tracked-resources.
type ResourcesPage struct {
	Page
	List      List
	Rows      []ResourceRow
	Total     string       // all resources that the list can show, whatever the filter: "1,284", "10,000+"; "" if there are none
	Statuses  []string     // that resources have, in AWS's own words
	Licenses  []Option     // to filter by
	Imports   []ImportNote // imports that are going on, or wait for the user
	Elsewhere string       // how many resources of other accounts are not listed; "" if there are none
}

// ResourceRow is a tracked resource in a list, with one of the licenses that it uses.
type ResourceRow struct {
	usage.Resource
	LicenseID    string // empty if it uses none
	LicenseName  string
	More         int64     // licenses that it uses beside that one
	Consumed     int64     // of all its licenses; of the license, where the list is filtered by one
	AssociatedAt time.Time // with that license
}

// ResourceURL is the address of the details page of a resource. An id that a path can't carry goes into the query.
func ResourceURL(id string) string {
	if plainID(id) && id != "import" && id != "details" && id != "preferences" {
		return string(SectionResources) + "/" + id
	}
	return string(SectionResources) + "/details?id=" + url.QueryEscape(id)
}

// plainID reports whether nothing on the way to the server takes the id for anything else, as it would "..".
func plainID(id string) bool {
	for i, c := range []byte(id) {
		letter := '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
		if !letter && (i == 0 || c != '-' && c != '.' && c != '_' && c != ':') {
			return false
		}
	}
	return id != ""
}

// resourceKind is the state of a resource as AWS names it.
func resourceKind(r usage.Resource) Kind {
	switch {
	case r.Stopped():
		return KindStopped
	case r.Status == "running", r.Status == "available":
		return KindSuccess
	}
	return KindInfo
}

func resourceTypeOptions() []Option {
	options := []Option{{Value: "", Label: "Any type"}}
	for _, t := range usage.ResourceTypes() {
		options = append(options, Option{Value: string(t), Label: t.Label()})
	}
	return options
}

// statusOptions has the status that is chosen, too, where no resource has it any more.
func (p ResourcesPage) statusOptions() []Option {
	options, chosen := []Option{{Value: "", Label: "Any status"}}, p.List.Param("status")
	for _, status := range p.Statuses {
		options = append(options, Option{Value: status, Label: status})
		if status == chosen {
			chosen = ""
		}
	}
	if chosen != "" {
		options = append(options, Option{Value: chosen, Label: chosen})
	}
	return options
}

func (p ResourcesPage) licenseOptions() []Option {
	return append([]Option{{Value: "", Label: "Any license"}, {Value: "none", Label: "No license"}}, p.Licenses...)
}

func resourceRows(p ResourcesPage) templ.Component {
	return render(func(m markup) {
		columns := p.List.columns(ResourceColumns())
		for i := range p.Rows {
			m.raw(`<tr><td class="rowhead">`).link(ResourceURL(p.Rows[i].ID), p.Rows[i].ID).end()
			for _, column := range columns {
				m.resourceCell(p.Clock, &p.Rows[i], column)
			}
			m.raw(`</tr>`)
		}
	})
}

// resourceCell is a cell of the list of all tracked resources.
func (m markup) resourceCell(c Clock, r *ResourceRow, column ListColumn) {
	switch column.Key {
	case "license":
		m.cell("Self-managed license").resourceLicense(*r).end()
	case "consumed":
		m.quantity("Consumed")
		if r.LicenseID == "" {
			m.raw(Missing)
		} else {
			m.number(r.Consumed)
		}
		m.end()
	case "associated":
		m.cell("Associated").ago(c, r.AssociatedAt).end()
	case "tenancy":
		m.cell("Tenancy").text(OrMissing(r.Tenancy)).end()
	case "vcpus":
		m.optionalNumber(column.Label, r.VCPUs)
	case "cores":
		m.optionalNumber(column.Label, r.Cores)
	case "sockets":
		m.optionalNumber(column.Label, r.Sockets)
	default:
		m.resourceProperty(r.Resource, column.Key)
	}
}

func (m markup) optionalNumber(label string, n *int64) {
	m.quantity(label)
	if n == nil {
		m.raw(Missing)
	} else {
		m.number(*n)
	}
	m.end()
}

// resourceCells are the cells that every list of resources begins with.
func (m markup) resourceCells(r usage.Resource) {
	m.raw(`<td class="rowhead">`).link(ResourceURL(r.ID), r.ID).end()
	for _, column := range [...]string{"status", "type", "instance-type", "platform", "account", "region"} {
		m.resourceProperty(r, column)
	}
}

// resourceProperty is the cell of what a resource has by itself.
func (m markup) resourceProperty(r usage.Resource, column string) {
	switch column {
	case "status":
		m.cell("Status").resourceStatus(r).end()
	case "type":
		m.cell("Resource type").text(r.Type.Label()).end()
	case "instance-type":
		m.cell("Instance type").text(OrMissing(r.InstanceType)).end()
	case "platform":
		m.cell("Platform").text(OrMissing(r.Platform)).end()
	case "account":
		m.nowrap("Owner account").text(Account(r.OwnerAccountID)).end()
	case "region":
		m.nowrap("Region").text(OrMissing(r.Region)).end()
	}
}

func (m markup) resourceStatus(r usage.Resource) markup {
	if r.Status == "" {
		return m.raw(Missing)
	}
	return m.status(resourceKind(r), r.Status)
}

func (m markup) resourceLicense(r ResourceRow) markup {
	if r.LicenseID == "" {
		return m.raw(Missing)
	}
	m.link(licenseURL(r.LicenseID, ""), r.LicenseName)
	if r.More > 0 {
		m.sub("+" + Number(r.More) + " more")
	}
	return m
}
