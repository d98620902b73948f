package views

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

func pointer[T any](value T) *T { return &value }

func testReport() ReportItem {
	return ReportItem{
		Report: usage.Report{
			ID: "r-5b1d9a7c40e2", ARN: "arn:aws:license-manager:eu-central-1:482109376615:report-generator:r-5b1d9a7c40e2", Name: "oracle-ee-daily",
			Description: hostile, LicenseID: "lic-3a8e51c09b7f", Types: usage.AllReportTypes(), Frequency: usage.Every24Hours, Status: usage.ReportSucceeded,
			NextRunAt: pointer(testNow().Add(22 * time.Hour)), LastReportAt: pointer(testNow().Add(-2 * time.Hour)),
			CreatedAt: testNow().Add(-250 * day), CreatedBy: "admin", UpdatedAt: testNow().Add(-12 * day), UpdatedBy: hostile,
			Tags: []usage.Tag{{Key: "cost-center", Value: hostile}, {Key: "owner"}},
		},
		License: hostile, Bucket: "aws-license-manager-service-8f3c21d0", FolderURL: "/s3?prefix=Reports%2Foracle-ee-daily%2F",
	}
}

func testHistory() []HistoryItem {
	file := usage.File{RunID: "0011223344556677", Type: usage.Summary, ReportID: "r-5b1d9a7c40e2", Key: "Reports/oracle-ee-daily/2026/11/23/20261123T130200Z-summary-0011223344556677.csv"}
	published := file
	published.PublishedAt, published.Rows, published.Size, published.DurationMS = pointer(testNow()), 1, 1234, 812
	compared := published
	compared.RunID, compared.Type, compared.ComparedWith, compared.Added, compared.Removed = "4011223344556677", usage.ResourceUsage, "0011223344556677", 1012, 3
	return []HistoryItem{
		{Run: usage.Run{ID: "0011223344556677", State: usage.RunSucceeded, Attempts: 3, Trigger: usage.TriggerManual}, File: published, Licenses: pointer(int64(-1))},
		{Run: usage.Run{ID: "4011223344556677", State: usage.RunSucceeded, Attempts: 1}, File: compared, Licenses: pointer(int64(1048))},
		{Run: usage.Run{ID: "1011223344556677", State: usage.RunFailed, Failure: hostile + ". More.", NextAttemptAt: pointer(testNow().Add(5 * time.Minute))}, File: file},
		{Run: usage.Run{ID: "2011223344556677", State: usage.RunCanceled, Failure: "The usage report was edited."}, File: file},
		{Run: usage.Run{ID: "3011223344556677", State: usage.RunRunning}, File: file},
	}
}

func reportPage(t testing.TB) ReportPage {
	return ReportPage{
		Page: testPage(t), Report: testReport(),
		Latest:  usage.Run{ID: "0011223344556677", State: usage.RunFailed, Failure: "S3 did not respond: request timed out", FinishedAt: pointer(testNow().Add(-4 * time.Minute)), NextAttemptAt: pointer(testNow().Add(5 * time.Minute))},
		History: ReportHistory{List: List{Path: "/usage-reports/r-5b1d9a7c40e2", Page: 1, Pages: 3}, Counter: "498", Rows: testHistory()},
		Latests: usage.AllReportTypes(),
	}
}

func comparePage(t testing.TB) ComparePage {
	values := func(status, consumed string) []string {
		return []string{hostile, "EC2_INSTANCE", status, "012345678901", hostile, hostile, hostile, consumed, "2026-11-23T13:02:00Z"}
	}
	earlier := usage.File{RunID: "0011223344556677", PublishedAt: pointer(testNow().Add(-day)), Rows: 2, Consumed: 4, Key: hostile}
	later := usage.File{RunID: "4011223344556677", PublishedAt: pointer(testNow()), Rows: 3, LicenseID: hostile}
	p := ComparePage{
		Page: testPage(t), Report: usage.Report{ID: "r-5b1d9a7c40e2", Name: hostile}, Runs: []usage.File{later, earlier}, Earlier: earlier, Later: later,
		Problem: Problem{Title: hostile, Text: hostile}, List: List{Path: "/usage-reports/r-5b1d9a7c40e2/compare", Page: 1, Pages: 3, Kept: []Param{{"a", hostile}}},
		Difference: &Difference{
			Count: usage.DifferenceCount{Added: 1, Removed: 1, Changed: 1, Same: 1}, Tracked: map[string]bool{hostile: true},
			Rows: []usage.Difference{
				{ResourceID: hostile, Later: values("running", hostile)}, {ResourceID: "i-2", Earlier: values("x", "4")}, {ResourceID: "i-3", Earlier: values("x", "4"), Later: values(hostile, "1234")},
			},
		},
	}
	p.Errors.Add("a", "From", hostile)
	return p
}

func reportFormPage(t testing.TB) ReportFormPage {
	return ReportFormPage{
		Page: testPage(t), Licenses: []Option{{Value: "lic-1", Label: hostile}},
		Form: ReportForm{Name: hostile, Description: hostile, License: "lic-1", Types: []string{"summary"}, Frequency: "7d", Tags: []usage.Tag{{Key: hostile}}, Token: hostile},
	}
}

func reportPages(t testing.TB) map[string]templ.Component {
	list := ReportsPage{
		Page: testPage(t), List: List{Path: "/usage-reports", Params: []Param{{"q", hostile}, {"tag", hostile}}, Sort: "name", Order: "name", Page: 1, Pages: 1, Matches: "1 match"},
		Counter: "1", Reports: []ReportItem{testReport()}, Chips: []Chip{{Param: Param{"tag", hostile}, Label: "Tag: " + hostile, ClearURL: "/usage-reports"}},
	}
	none, start := list, list
	none.Reports = nil
	start.Reports, start.Start = nil, &ReportsStart{Bucket: "b", BucketTested: true}
	invalid := reportFormPage(t)
	invalid.ID, invalid.OldName = "r-1", "oracle-ee-daily"
	invalid.Errors.Add("name", "Name", hostile)
	invalid.Errors.Add("tag-key-0", "Key", hostile)
	invalid.Conflict = &usage.Report{Name: hostile, UpdatedBy: hostile}
	failed := reportPage(t)
	failed.Report.Status = usage.ReportFailed
	one := ReportDeletePage{Page: testPage(t), Reports: []ReportItem{testReport()}, Files: 498, FolderURL: "/s3", Behind: ReportDetails(failed)}
	several := ReportDeletePage{Page: testPage(t), Reports: []ReportItem{testReport(), testReport()}, Typed: hostile, Behind: ReportsContent(list)}
	several.Errors.Add("confirm", "Confirm", "Type “confirm” to delete.")
	files := FilesPage{Page: testPage(t), Bucket: "b", Prefix: "Reports/" + hostile + "/", Folders: []Link{{Label: hostile, URL: "/s3?prefix=x"}}, Files: []FileItem{{Name: hostile, URL: "/s3/object?key=x", Size: 1, ModifiedAt: testNow()}}, First: "/s3", Next: "/s3?after=x"}
	gone := files
	gone.Problem = hostile
	return map[string]templ.Component{
		"list": Reports(list), "no matches": Reports(none), "start": Reports(start), "create": ReportCreate(reportFormPage(t)), "edit": ReportEdit(invalid),
		"details": ReportShow(reportPage(t)), "failed": ReportShow(failed), "delete": ReportDelete(one), "delete several": ReportDelete(several),
		"compare": Compare(comparePage(t)),
		"deleted": ReportDeleted(ReportDeletedPage{Page: testPage(t), Report: testReport(), Files: 2, Folders: []Link{{Label: hostile, URL: "/s3?prefix=x"}}}),
		"files":   Files(files), "no files": Files(FilesPage{Page: testPage(t), Bucket: "b"}), "no bucket": Files(FilesPage{Page: testPage(t)}), "S3 gone": Files(gone),
	}
}

func TestReportPagesAreSoundHTML(t *testing.T) {
	t.Parallel()
	for name, page := range reportPages(t) {
		out := text(t, page)
		checkHTML(t, name, out)
		if strings.Contains(out, "<script>") {
			t.Errorf("%s: a value is not escaped", name)
		}
		if strings.Count(out, "<h1") != 1 || strings.Count(out, "<main") != 1 || strings.Count(out, "autofocus") > 1 {
			t.Errorf("%s: not one h1, one main and one focus", name)
		}
	}
}

func TestViewersSeeNoButtonsTheyMayNotUse(t *testing.T) {
	t.Parallel()
	details, list := reportPage(t), ReportsPage{Page: testPage(t), Reports: []ReportItem{testReport()}}
	details.Report.Status = usage.ReportFailed
	details.CanEdit, list.CanEdit = false, false
	out := text(t, ReportShow(details), Reports(list))
	for _, word := range []string{"Generate report now", ">Pause<", ">Edit<", ">Delete<", "Retry now", ">Retry<", "Manage tags", "Create usage report"} {
		if strings.Contains(out, word) {
			t.Errorf("a viewer sees %s", word)
		}
	}
	if !strings.Contains(out, "View details") || !strings.Contains(out, "Download latest") {
		t.Error("a viewer does not see what anyone may do")
	}
}

func TestReportStatus(t *testing.T) {
	t.Parallel()
	late := testReport()
	late.NextRunAt = pointer(testNow().Add(-2 * time.Hour))
	if _, label, note := late.status(testNow()); label != "Overdue" || note != "More than an hour late" {
		t.Errorf("two hours late: %s, %s", label, note)
	}
	late.Stalled = true
	if _, _, note := late.status(testNow()); note != "The scheduler is not running" {
		t.Errorf("without a scheduler: %s", note)
	}
	failed := testReport()
	failed.Status, failed.Failure = usage.ReportFailed, "Access denied. License Manager can’t write to b (AccessDenied)."
	if _, label, note := failed.status(testNow()); label != "Failed" || note != "Access denied" {
		t.Errorf("failed: %s, %s", label, note)
	}
}

func TestFailureInWords(t *testing.T) {
	t.Parallel()
	p := reportPage(t)
	title, words := p.failure()
	if title != "The last report failed 4 minutes ago." || words != "S3 did not respond: request timed out. Next retry in 5 minutes." {
		t.Errorf("got %s / %s", title, words)
	}
	p.Latest.NextAttemptAt, p.Latest.FinishedAt = nil, pointer(testNow())
	title, words = p.failure()
	if title != "The last report failed just now." || words != "S3 did not respond: request timed out. The next report is generated in 22 hours." {
		t.Errorf("given up: %s / %s", title, words)
	}
}

func TestLicenseOption(t *testing.T) {
	t.Parallel()
	l := usage.License{ID: "lic-1", Name: "Oracle", CountingType: usage.CountVCPU, Count: pointer(int64(480))}
	if got := LicenseOption(l, 412).Label; got != "Oracle — 412 of 480 vCPUs consumed" {
		t.Error(got)
	}
	l.Count = nil
	if got := LicenseOption(l, 1).Label; got != "Oracle — 1 vCPU consumed" {
		t.Error(got)
	}
}
