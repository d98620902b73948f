package views

import (
	"strings"
	"testing"
	"time"

	"license-manager/store/usage"
)

// testDashboard has everything that a home page may show, with hostile names.
func testDashboard(t testing.TB) DashboardPage {
	p := DashboardPage{Page: testPage(t), LicenseCount: "9", ReportCount: "10,000+"}
	due := testNow().Add(-2 * time.Hour)
	failed := usage.Report{ID: "r-1", Name: hostile, Failure: hostile + ". It is tried again."}
	p.Attention = []Attention{BucketAttention(hostile)}
	p.AddReports("failed", "12", []usage.Report{failed})
	p.AddReports("overdue", "1", []usage.Report{{ID: "r-2", Name: "late", NextRunAt: &due}})
	l := testLicense(t).License
	reached := testNow().Add(9 * day)
	l.LimitReachedAt = &reached
	for _, status := range LicenseAttention() {
		p.AddLicenses(status, "1", []LicenseRow{l})
	}
	unlimited := l
	unlimited.ID, unlimited.Count = "lic-2", nil
	p.Licenses = []LicenseRow{l, unlimited}
	p.Reports = []ReportItem{testReport()}
	return p
}

func TestDashboardLeadsToTheListBehindEachFigure(t *testing.T) {
	t.Parallel()
	out := text(t, Dashboard(testDashboard(t)))
	checkHTML(t, "dashboard", out)
	contains(t, out, []string{
		`<a href="/settings">The last connection test of the S3 bucket failed</a>`,
		`<a href="/usage-reports?status=failed">12 usage reports failed</a>`, `<a href="/usage-reports?status=failed">All 12</a>`, `href="/usage-reports/r-1"`,
		`<a href="/usage-reports?status=overdue">1 usage report is overdue</a>`, `Was due `,
		`<a href="/self-managed-licenses?status=over-limit">1 self-managed license is over the limit</a>`, `25 of 20 instances`,
		`<a href="/self-managed-licenses?status=limit-reached">1 self-managed license reaches its limit within 30 days</a>`,
		`<a href="/self-managed-licenses?status=expired">1 self-managed license has expired</a>`,
		`<a href="/self-managed-licenses?status=expiring">1 self-managed license expires within 30 days</a>`,
		`View all 9`, `View all 10,000+`, `href="/usage-reports?sort=-last-report"`, `125.0%`,
	}, "<script>", "All 1<", "Nothing needs attention", "data-hx-trigger")
	if first, second := strings.Index(out, "usage reports failed"), strings.Index(out, "expires within"); first > second {
		t.Error("what expires comes before what failed")
	}
}

func TestDashboardWithNothingToLookAt(t *testing.T) {
	t.Parallel()
	p := DashboardPage{Page: testPage(t), Reports: []ReportItem{testReport()}, ReportCount: "1"}
	p.AddReports("failed", "0", nil)
	p.AddLicenses("expired", "0", nil)
	out := text(t, Dashboard(p))
	checkHTML(t, "quiet dashboard", out)
	contains(t, out, []string{"Nothing needs attention"}, "Licenses by use", `class="attention"`)

	p.Reports[0].Status = usage.ReportInProgress
	contains(t, text(t, Dashboard(p)), []string{`data-hx-trigger`})
}

func TestDashboardOfANewInstallation(t *testing.T) {
	t.Parallel()
	out := text(t, Dashboard(DashboardPage{Page: testPage(t), Start: &ReportsStart{}}))
	checkHTML(t, "first dashboard", out)
	contains(t, out, []string{"Get started"}, "Needs attention", "Last reports", "Create usage report</a></div>")
}
