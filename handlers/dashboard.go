package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Dashboard answers for the home page.
type Dashboard struct{ *Console }

const (
	// attentionNamed is how many of those that need attention the page names,
	// before it leads to the list of all.
	attentionNamed = 3
	// dashboardRows is how many licenses and reports the page lists.
	dashboardRows = 6
)

// Show is GET /.
func (h Dashboard) Show(c echo.Context) error {
	ctx := c.Request().Context()
	var p views.DashboardPage
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return err
	}
	if p.Page, err = h.Page(c, "Dashboard", views.SectionDashboard, views.Crumb{Label: "Dashboard"}); err != nil {
		return err
	}
	for _, read := range []func(context.Context, *views.DashboardPage, store.Settings) error{h.licenses, h.reports, h.needs} {
		if err := read(ctx, &p, settings); err != nil {
			return err
		}
	}
	return h.render(c, http.StatusOK, views.Dashboard(p), views.DashboardContent(p))
}

// licenses reads those that are used most.
func (h Dashboard) licenses(ctx context.Context, p *views.DashboardPage, _ store.Settings) error {
	rows, total, err := h.store.Licenses(ctx, store.LicenseQuery{Sort: "-use", Page: 1, Size: dashboardRows, Now: p.Now})
	for _, row := range rows {
		p.Licenses = append(p.Licenses, licenseRow(row))
	}
	p.LicenseCount = counted(total)
	return err
}

// reports reads the last ones that were published, or what to do first where
// there are none.
func (h Dashboard) reports(ctx context.Context, p *views.DashboardPage, settings store.Settings) error {
	rows, total, err := h.store.Reports(ctx, store.ReportQuery{Sort: "-last-report", Page: 1, Size: dashboardRows, Now: p.Now})
	if err != nil {
		return err
	}
	for _, row := range rows {
		p.Reports = append(p.Reports, h.reportItem(row.Report, row.LicenseName, settings))
	}
	p.ReportCount = counted(total)
	if total > 0 {
		return nil
	}
	p.Start, err = Reports(h).start(ctx, settings)
	return err
}

// needs reads what needs attention, the most pressing first.
func (h Dashboard) needs(ctx context.Context, p *views.DashboardPage, settings store.Settings) error {
	if settings.CheckFailure != "" {
		p.Attention = append(p.Attention, views.BucketAttention(settings.CheckFailure))
	}
	for _, status := range []usage.ReportStatus{usage.ReportFailed, usage.ReportOverdue} {
		q := store.ReportQuery{Status: string(status), Page: 1, Size: attentionNamed, Now: p.Now}
		rows, total, err := h.store.Reports(ctx, q)
		if err != nil {
			return err
		}
		var reports []usage.Report
		for _, row := range rows {
			reports = append(reports, row.Report)
		}
		p.AddReports(status, counted(total), reports)
	}
	for _, status := range views.LicenseAttention() {
		q := store.LicenseQuery{Status: status, Sort: "soonest", Page: 1, Size: attentionNamed, Now: p.Now}
		rows, total, err := h.store.Licenses(ctx, q)
		if err != nil {
			return err
		}
		var licenses []views.LicenseRow
		for _, row := range rows {
			licenses = append(licenses, licenseRow(row))
		}
		p.AddLicenses(status, counted(total), licenses)
	}
	return nil
}
