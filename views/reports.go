package views

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// ReportsPage is the table of usage reports.
type ReportsPage struct {
	Page
	List    List
	Counter string // how many there are or match: "12", "10,000+"
	Reports []ReportItem
	Chips   []Chip        // filters of the URL that have no control in the filter
	Start   *ReportsStart // what to do first, in place of the table; nil where there are reports
	Sample  bool          // there is sample data
}

// ReportItem is a usage report with what pages show beside it.
type ReportItem struct {
	usage.Report
	License   string // name of its license
	Bucket    string // empty while there is none
	FolderURL string // of the page that lists its files; empty while there is no bucket
	Stalled   bool   // the scheduler gives no sign of life
	LastSize  *int64 // bytes of the files that were published last; nil where there are none, or where they are not shown
}

// ReportURL is the address of the details page of a usage report.
func ReportURL(id string) string { return string(SectionReports) + "/" + id }

// URL is the address of the details page.
func (r ReportItem) URL() string { return ReportURL(r.ID) }

func (r ReportItem) licenseURL() string { return string(SectionLicenses) + "/" + r.LicenseID }

// next is when the next files are generated: now while a run waits or is being published, else at the next slot.
func (r ReportItem) next(now time.Time) time.Time {
	if r.busy() {
		return now
	}
	if r.NextRunAt == nil {
		return time.Time{}
	}
	return *r.NextRunAt
}

func (r ReportItem) last() time.Time {
	if r.LastReportAt == nil {
		return time.Time{}
	}
	return *r.LastReportAt
}

// busy reports whether the page would show something else in a moment.
func (r ReportItem) busy() bool {
	return r.Status == usage.ReportPending || r.Status == usage.ReportInProgress
}

// Chip is a filter that is set, with the address of the list without it.
type Chip struct {
	Param
	Label    string // "License: Oracle Database EE"
	ClearURL string
}

// status is reportStatus, with the reason where a report is late.
func (r ReportItem) status(now time.Time) (Kind, string, string) {
	kind, label, note := reportStatus(r.Report, now)
	if r.Stalled && r.StatusAt(now) == usage.ReportOverdue {
		note = "The scheduler is not running"
	}
	return kind, label, note
}

// reportStatus is the state of a usage report: its tone, its name and a line under it, which may be empty.
func reportStatus(r usage.Report, now time.Time) (Kind, string, string) {
	status := r.StatusAt(now)
	switch status {
	case usage.ReportSucceeded:
		return KindSuccess, status.Label(), ""
	case usage.ReportFailed:
		return KindError, status.Label(), firstSentence(r.Failure)
	case usage.ReportInProgress:
		return KindInProgress, status.Label(), ""
	case usage.ReportPaused:
		return KindStopped, status.Label(), ""
	case usage.ReportOverdue:
		return KindWarning, status.Label(), "More than an hour late"
	case usage.ReportPending:
	}
	return KindPending, status.Label(), ""
}

// firstSentence is the beginning of a failure in plain words, for a table.
func firstSentence(text string) string {
	first, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(first, ".")
}

// reportSelection is the id of the form of the selected reports.
const reportSelection = "selection"

func (p ReportsPage) polls() bool {
	for i := range p.Reports {
		if p.Reports[i].busy() {
			return true
		}
	}
	return false
}

func (p ReportsPage) heading() Heading {
	return Heading{
		ID: "reports", Title: "Usage reports", Counter: p.Counter, Selection: reportSelection, Info: "usage reports",
		Description: "Scheduled CSV snapshots of license consumption, published to your S3 bucket.",
		Actions:     reportsActions(p),
	}
}

// reportRows writes the body of the table.
func reportRows(p ReportsPage) templ.Component {
	return render(func(m markup) {
		columns := p.List.columns(ReportColumns())
		for i := range p.Reports {
			m.reportRow(p.Clock, &p.Reports[i], columns)
		}
	})
}

func (m markup) reportRow(clock Clock, r *ReportItem, columns []ListColumn) {
	m.raw(`<tr id="`).text(r.ID).raw(`">`)
	m.selectRow(reportSelection, r.ID, r.Name)
	m.raw(`<td class="rowhead">`).link(r.URL(), r.Name).end()
	for i := range columns {
		m.reportCell(clock, r, columns[i].Key)
	}
	m.raw(`</tr>`)
}

func (m markup) reportCell(clock Clock, r *ReportItem, column string) {
	switch column {
	case "status":
		m.cell("Status").statusWithReason(r.status(clock.Now)).end()
	case "description":
		m.raw(`<td class="wide" data-label="Description">`).text(OrMissing(r.Description)).end()
	case "license":
		m.cell("License").link(r.licenseURL(), r.License).end()
	case "types":
		m.cell("Report types").typeBadges(r.Types).end()
	case "frequency":
		m.nowrap("Frequency").text(r.Frequency.ShortLabel()).end()
	case "last-report":
		m.nowrap("Last report").ago(clock, r.last()).end()
	case "next-report":
		m.nowrap("Next report").ago(clock, r.next(clock.Now)).end()
	case "bucket":
		m.raw(`<td class="clip" data-label="S3 bucket">`).folder(r.FolderURL, shortBucket(r.Bucket), r.Bucket).end()
	case "created":
		m.nowrap("Created").ago(clock, r.CreatedAt).end()
	case "created-by":
		m.cell("Created by").text(OrMissing(r.CreatedBy)).end()
	case "tags":
		m.cell("Tags").tagBadges(r.Tags).end()
	case "last-size":
		m.quantity("Last size").size(r.LastSize).end()
	}
}

func (m markup) typeBadges(types usage.ReportTypes) markup {
	m.raw(`<span class="badges">`)
	for _, t := range types {
		m.raw(`<span class="badge">`).text(t.ShortLabel()).raw(`</span>`)
	}
	return m.raw(`</span>`)
}

// tagBadges are tags, each of which leads to the usage reports that have it.
func (m markup) tagBadges(tags []usage.Tag) markup {
	if len(tags) == 0 {
		return m.raw(Missing)
	}
	m.raw(`<span class="badges">`)
	for i, tag := range tags {
		if i > 0 {
			m.raw(` `)
		}
		text := tag.Key
		if tag.Value != "" {
			text += ": " + tag.Value
		}
		m.raw(`<a class="badge" title="Usage reports that have this tag" href="`).url(tagURL(tag)).raw(`">`).text(text).raw(`</a>`)
	}
	return m.raw(`</span>`)
}

// size is a number of bytes.
func (m markup) size(bytes *int64) markup {
	if bytes == nil {
		return m.raw(Missing)
	}
	m.buf.Write(AppendSize(m.buf.AvailableBuffer(), *bytes))
	return m
}

// folder links to the files under a prefix: on a page of our own, or of the AWS console in a new tab.
func (m markup) folder(url, text, title string) markup {
	switch {
	case url == "":
		return m.raw(Missing)
	case !strings.HasPrefix(url, "/"):
		return m.external(url, text, title)
	}
	m.raw(`<a class="ext" href="`).url(url).raw(`"`)
	if title != "" {
		m.raw(` title="`).text(title).raw(`"`)
	}
	return m.raw(`><span>`).text(text).raw(`</span></a>`)
}

// FolderLink is a link to the files under a prefix, on a page of our own or of the AWS console.
func FolderLink(url, text string) templ.Component {
	return render(func(m markup) { m.folder(url, text, "") })
}

// s3Name is what the place of the files is called: the address of a folder tells whose it is.
func s3Name(folderURL string) string {
	if strings.HasPrefix(folderURL, "/") {
		return "S3"
	}
	return "Amazon S3"
}

// shortBucket is the end of a bucket's name: all those that License Manager made begin alike.
func shortBucket(name string) string {
	rest, ours := strings.CutPrefix(name, "aws-license-manager-service-")
	switch {
	case ours && len(rest) <= 8:
		return "…service-" + rest
	case ours:
		return "…" + rest
	}
	return name
}
