package views

import (
	"strings"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// ReportHistory is the table of the files of a usage report, newest first.
type ReportHistory struct {
	List       List
	Counter    string
	Rows       []HistoryItem
	Comparable bool // there are two runs to compare
}

// HistoryItem is one file of one run.
type HistoryItem struct {
	Run     usage.Run
	File    usage.File
	Missing bool // the file was published, and somebody has removed it from the bucket

	// Licenses is how many more are consumed than in the file of the same type before; nil if there is none.
	Licenses *int64
}

// comparing reports whether it is counted just now how the resources changed.
func (i HistoryItem) comparing(now time.Time) bool {
	return i.Licenses != nil && i.File.CompareDueAt != nil && now.Sub(*i.File.PublishedAt) < comparingTime
}

// comparingTime is how long a page waits for the figures of a new file: those of large ones take longer.
const comparingTime = 30 * time.Second

// resourcesChange is how the resources of a file changed, short and in words.
func resourcesChange(f usage.File) (short, words string) {
	var parts []string
	if f.Added > 0 {
		parts = append(parts, Change(f.Added))
	}
	if f.Removed > 0 {
		parts = append(parts, Change(-f.Removed))
	}
	switch {
	case len(parts) > 0:
		short = strings.Join(parts, " ")
	case f.Changed > 0:
		short = Number(f.Changed) + " changed"
	default:
		short = Change(0)
	}
	return short, "Resources: " + Number(f.Added) + " added, " + Number(f.Removed) + " removed, " + Number(f.Changed) + " changed"
}

// licensesChange is how the licenses consumed changed.
func licensesChange(n int64) string {
	if n == 0 {
		return Change(0)
	}
	return Change(n) + " " + plural(max(n, -n), "license", "licenses")
}

// generated is when the files were published or the attempt ended; before that, the moment that the run is for.
func (i HistoryItem) generated() time.Time {
	switch {
	case i.File.PublishedAt != nil:
		return *i.File.PublishedAt
	case i.Run.FinishedAt != nil:
		return *i.Run.FinishedAt
	}
	return i.Run.ScheduledFor
}

// status is the state of a run: its tone, its name and a line under it, which may be empty.
func (i HistoryItem) status(clock Clock) (Kind, string, string) {
	switch i.Run.State {
	case usage.RunSucceeded:
		if i.Run.BesideImport {
			return KindSuccess, "Succeeded", "In the middle of an import that took longer than an hour"
		}
		return KindSuccess, "Succeeded", retriesNote(i.Run.Attempts - 1)
	case usage.RunFailed:
		return KindError, "Failed", failureNote(i.Run, clock)
	case usage.RunRunning:
		return KindInProgress, "In progress", ""
	case usage.RunCanceled:
		return KindStopped, "Canceled", firstSentence(i.Run.Failure)
	case usage.RunPending:
	}
	return KindPending, "Pending", ""
}

func retriesNote(retries int) string {
	if retries < 1 {
		return ""
	}
	return "After " + Count(int64(retries), "retry", "retries")
}

func failureNote(run usage.Run, clock Clock) string {
	note := firstSentence(run.Failure)
	if run.NextAttemptAt == nil {
		return note
	}
	return note + ". Next retry: " + clock.Relative(*run.NextAttemptAt)
}

// duration is how long the file took, or a failed attempt; 0 if neither is there.
func (i HistoryItem) duration() time.Duration {
	switch {
	case i.File.Published():
		return max(time.Duration(i.File.DurationMS)*time.Millisecond, 1)
	case i.Run.State == usage.RunFailed && i.Run.StartedAt != nil && i.Run.FinishedAt != nil:
		return max(i.Run.FinishedAt.Sub(*i.Run.StartedAt), 1)
	}
	return 0
}

// historyRows writes the body of the table.
func historyRows(p ReportPage) templ.Component {
	return render(func(m markup) {
		for i := range p.History.Rows {
			m.historyRow(p, &p.History.Rows[i])
		}
	})
}

func (m markup) historyRow(p ReportPage, i *HistoryItem) {
	m.raw(`<tr id="`).text(i.Run.ID).raw("-").text(string(i.File.Type)).raw(`"><td class="rowhead nowrap">`).at(p.Clock, i.generated()).end()
	m.cell("Status").statusWithReason(i.status(p.Clock)).end()
	m.nowrap("Trigger").text(i.Run.Trigger.Label()).end()
	m.nowrap("Report type").text(i.File.Type.ShortLabel()).end()
	m.historyFigures(i)
	m.nowrap("Report file").historyFile(p, i).end()
	m.raw(`</tr>`)
}

// historyFigures writes the cells of what was published.
func (m markup) historyFigures(i *HistoryItem) {
	m.quantity("Rows")
	if i.File.Published() {
		m.number(i.File.Rows).end()
	} else {
		m.raw(Missing).end()
	}
	m.quantity("Change").historyChange(i).end()
	m.quantity("Size")
	if i.File.Published() {
		m.text(Size(i.File.Size)).end()
	} else {
		m.raw(Missing).end()
	}
	m.quantity("Duration")
	if d := i.duration(); d > 0 {
		m.text(Duration(d)).end()
	} else {
		m.raw(Missing).end()
	}
}

// historyChange tells what changed against the file before: its resources, as far as they were compared, with a link to
// which ones, and the licenses consumed.
func (m markup) historyChange(i *HistoryItem) markup {
	if i.File.ComparedWith != "" {
		short, words := resourcesChange(i.File)
		m.raw(`<a href="`).url(CompareURL(i.File.ReportID, i.File.ComparedWith, i.File.RunID)).raw(`" title="`).text(words).raw(`">`)
		m.text(short).raw(`<span class="sr"> resources, compare</span></a>`)
		if i.Licenses != nil && *i.Licenses != 0 {
			m.sub(licensesChange(*i.Licenses))
		}
		return m
	}
	if i.Licenses == nil {
		return m.raw(Missing)
	}
	return m.text(licensesChange(*i.Licenses))
}

// historyFile links to the file, or offers to try again.
func (m markup) historyFile(p ReportPage, i *HistoryItem) markup {
	switch {
	case i.Missing:
		return m.raw(`<span class="muted">Not in bucket</span>`)
	case i.File.Published():
		name := usage.FileName(i.File.Key)
		return m.raw(`<a class="download" href="`).url(downloadURL(i.File)).raw(`" title="`).text(name).raw(`" download>`).icon(IconDownload).
			raw(`<span><span class="sr">Download `).text(i.File.Type.ShortLabel()).raw(` </span>`).text(shortFileName(i.Run.ID)).raw(`</span></a>`)
	case i.Run.State == usage.RunFailed && p.CanEdit && !p.paused() && !p.Report.busy():
		return m.raw(`<form method="post" action="`).url(retryURL(p.Report.ID, i.Run.ID)).raw(`"><button class="textbtn" type="submit">Retry</button></form>`)
	}
	return m.raw(Missing)
}

// shortFileName is the end of a file's name, which tells the runs of a report apart.
func shortFileName(runID string) string {
	if len(runID) > 8 {
		runID = "…" + runID[len(runID)-8:]
	}
	return runID + ".csv"
}
