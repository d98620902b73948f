package views

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// LicenseRow is a self-managed license with what uses it.
type LicenseRow struct {
	usage.License
	Consumed  int64 // licenses
	Resources int64 // associated
	Reports   int64 // usage reports
}

// LicensesPage is the page of GET /self-managed-licenses.
type LicensesPage struct {
	Page
	List  List
	Rows  []LicenseRow
	Total int64 // all licenses, whatever the filter
}

// licenseSelection is the id of the form of the selected rows.
const licenseSelection = "selection"

// licenseWarnPercent is the share of a limit from which a license is shown with a warning.
const licenseWarnPercent = 80

// licenseURL is the address of a page of a license; "" is its details page.
func licenseURL(id, page string) string {
	if page == "" {
		return string(SectionLicenses) + "/" + id
	}
	return string(SectionLicenses) + "/" + id + "/" + page
}

func licenseReportsURL(id string) string   { return string(SectionReports) + "?license=" + id }
func licenseResourcesURL(id string) string { return string(SectionResources) + "?license=" + id }
func licenseImportURL(id string) string    { return string(SectionResources) + "/import?license=" + id }
func licenseNewReportURL(id string) string { return string(SectionReports) + "/create?license=" + id }

// state is the license in a word, the most pressing first.
func (l LicenseRow) state(now time.Time) (Kind, string) {
	switch {
	case l.Deactivated():
		return KindStopped, "Deactivated"
	case l.Expired(now):
		return KindError, "Expired"
	case l.OverLimit(l.Consumed):
		return KindError, "Over limit"
	case l.nearLimit():
		return KindWarning, strconv.FormatInt(l.percent(), 10) + "% consumed"
	}
	return KindSuccess, "Available"
}

func (l LicenseRow) nearLimit() bool {
	return l.Count != nil && *l.Count > 0 && l.Consumed*100 >= licenseWarnPercent**l.Count
}

// percent is the consumed share of a limit above 0, rounded, but 100 only when nothing is left.
func (l LicenseRow) percent() int64 {
	share := (l.Consumed*100 + *l.Count/2) / *l.Count
	if l.Consumed < *l.Count {
		return min(share, 99)
	}
	return share
}

// share is the consumed part of the limit for a meter, 0 to 1.
func (l LicenseRow) share() float64 {
	if l.Count == nil || l.Consumed == 0 {
		return 0
	}
	return min(float64(l.Consumed)/float64(max(*l.Count, 1)), 1)
}

func (l LicenseRow) tone() Tone {
	switch {
	case l.OverLimit(l.Consumed):
		return ToneError
	case l.nearLimit():
		return ToneWarning
	}
	return Tone1
}

// ofCount is the consumption beside its limit: "412 of 480", "412" without a limit.
func (l LicenseRow) ofCount() string {
	if l.Count == nil {
		return Number(l.Consumed)
	}
	return Number(l.Consumed) + " of " + Number(*l.Count)
}

func (l LicenseRow) enforced() string {
	switch {
	case l.Count == nil:
		return Missing
	case l.HardLimit:
		return "Yes"
	}
	return "No"
}

// licenseExpiry is the point in time for the functions of Clock; the zero time for never.
func licenseExpiry(l usage.License) time.Time {
	if l.ExpiresAt == nil {
		return time.Time{}
	}
	return *l.ExpiresAt
}

// licenseStatusOptions are the states that the list can be filtered by.
func licenseStatusOptions() []Option {
	return []Option{
		{Value: "", Label: "Any status"}, {Value: "available", Label: "Available"},
		{Value: "high-use", Label: "80% or more consumed"}, {Value: "over-limit", Label: "Over limit"},
		{Value: "limit-reached", Label: "Limit reached within 30 days"}, {Value: "expiring", Label: "Expiring within 30 days"}, {Value: "expired", Label: "Expired"}, {Value: "deactivated", Label: "Deactivated"},
	}
}

// licenseAction is an action on one selected license.
func licenseAction(do, label string) Action {
	return Action{Form: licenseSelection, Do: do, Label: label, One: true, Refusal: LicenseRefusal(do)}
}

// LicenseRefusal says why an action on the selected licenses is not done: "view", "edit" or "delete".
func LicenseRefusal(do string) string {
	if do == "view" {
		return "Select one self-managed license to view its details."
	}
	return "Select one self-managed license to " + do + "."
}

func licenseRows(p LicensesPage) templ.Component {
	return render(func(m markup) {
		columns := p.List.columns(LicenseColumns())
		for _, l := range p.Rows {
			m.licenseRow(p.Clock, l, columns)
		}
	})
}

func (m markup) licenseRow(c Clock, l LicenseRow, columns []ListColumn) {
	m.raw(`<tr>`).selectRow(licenseSelection, l.ID, l.Name)
	m.raw(`<td class="rowhead">`).link(licenseURL(l.ID, ""), l.Name).end()
	for i := range columns {
		m.licenseCell(c, l, columns[i].Key)
	}
	m.raw(`</tr>`)
}

func (m markup) licenseCell(c Clock, l LicenseRow, column string) {
	switch column {
	case "status":
		kind, state := l.state(c.Now)
		m.cell("Status").status(kind, state).end()
	case "description":
		m.raw(`<td class="wide" data-label="Description">`).text(OrMissing(l.Description)).end()
	case "type":
		m.cell("License type").text(l.CountingType.Label()).end()
	case "consumed":
		m.raw(`<td class="consumed" data-label="Consumed">`).text(l.ofCount())
		if l.Count != nil {
			m.component(Meter(l.share(), l.tone()))
		}
		m.end()
	case "enforce":
		m.cell("Enforce limit").text(l.enforced()).end()
	case "reports":
		m.quantity("Usage reports").countLink(licenseReportsURL(l.ID), l.Reports).end()
	case "resources":
		m.quantity("Resources").countLink(licenseResourcesURL(l.ID), l.Resources).end()
	case "expires":
		m.nowrap("Expires").text(Clock{}.Date(licenseExpiry(l.License))).end()
	case "created":
		m.nowrap("Created").ago(c, l.CreatedAt).end()
	case "created-by":
		m.cell("Created by").text(OrMissing(l.CreatedBy)).end()
	}
}

// countLink is a number that leads to what it counts; 0 leads nowhere.
func (m markup) countLink(url string, n int64) markup {
	if n == 0 {
		return m.raw("0")
	}
	return m.link(url, Number(n))
}

// component writes a small component between the text of a row.
func (m markup) component(c templ.Component) {
	_ = c.Render(context.Background(), m.buf) // a buffer takes everything
}
