package views

import (
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// ComparePage tells how the resources of two runs of a usage report differ.
type ComparePage struct {
	Page
	Report         usage.Report
	Runs           []usage.File // resource usage files to choose from, the newest first
	Earlier, Later usage.File   // those that were chosen; the zero value for none
	Errors         FieldErrors  // of the choice
	Problem        Problem      // why they can't be compared
	Difference     *Difference  // nil if they were not compared
	List           List
}

// Problem is what can't be pinned to a field.
type Problem struct{ Title, Text string }

// Difference is a page of the resources that differ.
type Difference struct {
	Count   usage.DifferenceCount
	Rows    []usage.Difference
	Tracked map[string]bool // resources that have a page
}

// compareRegion is the id of what htmx replaces on the page.
const compareRegion = "compare"

// CompareURL is the page that compares two runs; two empty ones stand for the last two.
func CompareURL(reportID, earlier, later string) string {
	address := ReportURL(reportID) + "/compare"
	if earlier == "" {
		return address
	}
	return address + "?a=" + url.QueryEscape(earlier) + "&b=" + url.QueryEscape(later)
}

// Chosen reports whether there are two runs to compare.
func (p ComparePage) Chosen() bool {
	return len(p.Errors) == 0 && p.Earlier.Published() && p.Later.Published()
}

// fileURL is the difference as CSV, of the kind that is shown.
func (p ComparePage) fileURL() string {
	l := p.List
	l.Path, l.Size = l.Path+".csv", 0
	return l.PageURL(1)
}

// runOptions are the runs to choose from; each is told by its time and by the end of its file's name, as in the history.
func (p ComparePage) runOptions() []Option {
	options := []Option{{Label: "Choose a run"}}
	for _, f := range p.Runs {
		label := p.Absolute(*f.PublishedAt) + " – " + Count(f.Rows, "resource", "resources") + " – " + shortFileName(f.RunID)
		options = append(options, Option{Value: f.RunID, Label: label})
	}
	return options
}

// licenses is how the licenses consumed changed, and from what to what.
func (p ComparePage) licenses() (change, from string) {
	return Change(p.Later.Consumed - p.Earlier.Consumed), Number(p.Earlier.Consumed) + " → " + Number(p.Later.Consumed)
}

// otherLicense reports whether the runs are about different licenses.
func (p ComparePage) otherLicense() bool { return p.Earlier.LicenseID != p.Later.LicenseID }

func differenceOptions() []Option {
	options := []Option{{Label: "Any change"}}
	for _, k := range usage.DifferenceKinds() {
		options = append(options, Option{Value: string(k), Label: k.Label()})
	}
	return options
}

// differenceRows writes the body of the table: a row for each field.
func differenceRows(p ComparePage) templ.Component {
	return render(func(m markup) {
		for _, d := range p.Difference.Rows {
			for _, f := range d.Fields() {
				m.raw(`<tr><td class="rowhead wide">`).resource(d.ResourceID, p.Difference.Tracked[d.ResourceID]).end()
				m.cell("Change").differenceBadge(d.Kind()).end()
				m.nowrap("Resource type").text(typeText(string(d.Type()))).end()
				m.nowrap("Field").text(fieldLabel(f.Column)).end()
				m.cell("From").fieldValue(p.Clock, f.Column, f.Earlier).end()
				m.cell("To").fieldValue(p.Clock, f.Column, f.Later).end()
				m.raw(`</tr>`)
			}
		}
	})
}

// resource writes the id of a resource, with a link if it has a page.
func (m markup) resource(id string, tracked bool) markup {
	if tracked {
		return m.link(ResourceURL(id), id)
	}
	return m.text(id)
}

func (m markup) differenceBadge(k usage.DifferenceKind) markup {
	return m.raw(`<span class="badge `).text(string(k)).raw(`">`).text(k.Label()).raw(`</span>`)
}

// fieldLabel is the name of a column of resource usage reports as people read it.
func fieldLabel(column string) string {
	switch column {
	case "resource_arn":
		return "ARN"
	case "resource_type":
		return "Resource type"
	case "resource_status":
		return "Status"
	case "resource_owner_id":
		return "Owner account"
	case "region":
		return "Region"
	case "platform":
		return "Platform"
	case "instance_type":
		return "Instance type"
	case "consumed_licenses":
		return "Consumed licenses"
	case "association_time":
		return "Associated"
	}
	return column
}

// fieldValue writes a cell of a resource usage report as people read it. What is not as it should be stays as it is.
func (m markup) fieldValue(c Clock, column, value string) markup {
	switch column {
	case "resource_type":
		return m.text(typeText(value))
	case "resource_owner_id":
		return m.text(Account(value))
	case "consumed_licenses":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return m.number(n)
		}
	case "association_time":
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return m.at(c, t)
		}
	}
	return m.text(OrMissing(value))
}

// typeText is the name of a resource type, or what stands in its place.
func typeText(value string) string {
	if label := usage.ResourceType(value).Label(); label != "" {
		return label
	}
	return OrMissing(value)
}
