package views

import (
	"strings"
	"time"

	"license-manager/store/usage"
)

// ReportPage is the details page of a usage report.
type ReportPage struct {
	Page
	Report      ReportItem
	Consumption Consumption
	Latest      usage.Run // the newest run that was not canceled; the zero value if there is none
	History     ReportHistory
	Latests     []usage.ReportType // types of which there is a file to download
}

// reportRegion is the id of what htmx replaces on the details page: all of it, so that no part contradicts another.
const reportRegion = "report"

func (p ReportPage) url() string { return p.Report.URL() }

func (p ReportPage) paused() bool { return p.Report.Status == usage.ReportPaused }

// comparing reports whether a figure of the history is on its way.
func (p ReportPage) comparing() bool {
	for _, row := range p.History.Rows {
		if row.comparing(p.Now) {
			return true
		}
	}
	return false
}

// statusNote is the line under the status. Why a report failed is said at length above it.
func (p ReportPage) statusNote() string {
	_, _, note := p.Report.status(p.Now)
	switch status := p.Report.StatusAt(p.Now); {
	case status == usage.ReportOverdue:
		return note
	case status != usage.ReportPending:
		return ""
	case p.Latest.Trigger == usage.TriggerEdited:
		return "Updated report due within an hour"
	case p.Report.LastReportAt == nil:
		return "First report not generated yet"
	}
	return ""
}

// failed reports whether the last attempt failed, and nothing else is going on.
func (p ReportPage) failed() bool {
	return p.Report.Status == usage.ReportFailed && p.Latest.State == usage.RunFailed
}

// failure says when and why the last attempt failed, and when the next one is.
func (p ReportPage) failure() (title, text string) {
	title = "The last report failed."
	if p.Latest.FinishedAt != nil {
		title = "The last report failed " + p.since(*p.Latest.FinishedAt) + "."
	}
	reason := p.Latest.Failure
	if reason != "" && !strings.HasSuffix(reason, ".") {
		reason += "."
	}
	return title, strings.TrimSpace(reason + " " + p.nextAttempt())
}

// since is the distance from a moment in the past, within a sentence.
func (p ReportPage) since(t time.Time) string {
	if ago := p.Relative(t); strings.HasSuffix(ago, "ago") {
		return ago
	}
	return "just now"
}

func (p ReportPage) nextAttempt() string {
	if p.Latest.NextAttemptAt != nil {
		return "Next retry " + p.until(*p.Latest.NextAttemptAt) + "."
	}
	if p.Report.NextRunAt != nil {
		return "The next report is generated " + p.until(*p.Report.NextRunAt) + "."
	}
	return ""
}

// until is the distance to a moment in the future, within a sentence.
func (p ReportPage) until(t time.Time) string {
	if rest, future := strings.CutPrefix(p.Relative(t), "In "); future {
		return "in " + rest
	}
	return "in a moment"
}

// s3URI is the address of the report's folder for S3 clients.
func (p ReportPage) s3URI() string { return "s3://" + p.Report.Bucket + "/" + p.Report.Folder() }

// retryURL is where a failed run is made due again.
func retryURL(reportID, runID string) string {
	return ReportURL(reportID) + "/runs/" + runID + "/retry"
}

// downloadURL is the address of a published file.
func downloadURL(f usage.File) string {
	return ReportURL(f.ReportID) + "/reports/" + usage.FileName(f.Key)
}

// tagURL is the list of the usage reports that have a tag.
func tagURL(tag usage.Tag) string {
	value := tag.Key
	if tag.Value != "" {
		value += ":" + tag.Value
	}
	return List{Path: string(SectionReports), Params: []Param{{Name: "tag", Value: value}}}.URL()
}
