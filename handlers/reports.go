package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Reports answers for usage reports.
type Reports struct{ *Console }

const reportsPath = "/usage-reports"

// reportsCrumb is the way to every page of a usage report.
func reportsCrumb() views.Crumb { return views.Crumb{Label: "Usage reports", URL: reportsPath} }

// List is GET /usage-reports.
func (h Reports) List(c echo.Context) error {
	p, err := h.list(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Reports(p), views.ReportList(p))
}

// list is the table as the URL of the request tells it.
func (h Reports) list(c echo.Context) (views.ReportsPage, error) {
	ctx := c.Request().Context()
	p := views.ReportsPage{List: readReportList(c)}
	if err := h.preferred(c, &p.List); err != nil {
		return p, err
	}
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return p, err
	}
	rows, total, err := h.store.Reports(ctx, h.reportQuery(p.List))
	if err != nil {
		return p, err
	}
	setTotal(&p.List, total)
	for _, row := range rows {
		p.Reports = append(p.Reports, h.reportItem(row.Report, row.LicenseName, settings))
	}
	if err := h.readExtras(ctx, &p); err != nil {
		return p, err
	}
	counts, err := h.counts.current(ctx, h.Console)
	if err != nil {
		return p, err
	}
	if p.Sample = counts.Sample; p.List.Filtered() {
		total = max(counts.Reports, total)
	}
	p.Counter = counted(total)
	if total == 0 {
		if p.Start, err = h.start(ctx, settings); err != nil {
			return p, err
		}
	}
	if p.Chips, err = h.chips(ctx, p.List); err != nil {
		return p, err
	}
	p.Page, err = h.Page(c, "Usage reports", views.SectionReports, views.Crumb{Label: "Usage reports"})
	return p, err
}

// readReportList is the state of the table in the URL.
func readReportList(c echo.Context) views.List {
	l := readList(c, reportsPath, "name", views.ReportColumns())
	license := c.QueryParam("license")
	if !usage.IsLicenseID(license) {
		license = ""
	}
	l.Params = []views.Param{
		{Name: "q", Value: searchText(c)},
		{Name: "status", Value: oneOf(c.QueryParam("status"), usage.ReportStatuses())},
		{Name: "type", Value: oneOf(c.QueryParam("type"), usage.AllReportTypes())},
		{Name: "frequency", Value: oneOf(c.QueryParam("frequency"), usage.Frequencies())},
		{Name: "license", Value: license},
		{Name: "tag", Value: c.QueryParam("tag")},
	}
	l.Exports = true
	return l
}

// reportQuery selects what the table shows.
func (h Reports) reportQuery(l views.List) store.ReportQuery {
	return store.ReportQuery{
		Text: l.Param("q"), Status: l.Param("status"), Type: l.Param("type"), Frequency: l.Param("frequency"),
		LicenseID: l.Param("license"), Tag: l.Param("tag"), Sort: l.Sort, Page: l.Page, Size: l.Rows(), Now: h.now(),
	}
}

// readExtras reads what the table shows only where it is asked for.
func (h Reports) readExtras(ctx context.Context, p *views.ReportsPage) error {
	ids := make([]string, len(p.Reports))
	for i, r := range p.Reports {
		ids[i] = r.ID
	}
	if p.List.Shows("tags") {
		tags, err := h.store.TagsOf(ctx, ids)
		if err != nil {
			return err
		}
		for i, id := range ids {
			p.Reports[i].Tags = tags[id]
		}
	}
	if p.List.Shows("last-size") {
		sizes, err := h.store.LastSizes(ctx, ids)
		if err != nil {
			return err
		}
		for i, id := range ids {
			if size, published := sizes[id]; published {
				p.Reports[i].LastSize = &size
			}
		}
	}
	return nil
}

// reportItem is a report with what its pages show beside it.
func (h *Console) reportItem(r usage.Report, license string, settings store.Settings) views.ReportItem {
	item := views.ReportItem{Report: r, License: license, Stalled: h.now().Sub(h.options.Alive()) > heartbeatAge}
	if settings.Bucket != "" && settings.BucketReady {
		item.Bucket, item.FolderURL = settings.Bucket, h.folderURL(settings.Bucket, r.Folder())
	}
	return item
}

// start is how far the way to the first usage report is.
func (h Reports) start(ctx context.Context, settings store.Settings) (*views.ReportsStart, error) {
	counts, err := h.counts.current(ctx, h.Console)
	if err != nil {
		return nil, err
	}
	start := &views.ReportsStart{Licenses: counts.Licenses, BucketFails: settings.CheckFailure != ""}
	if settings.BucketReady {
		start.Bucket = settings.Bucket
		start.BucketTested = settings.CheckedAt != nil && settings.CheckFailure == ""
	}
	return start, nil
}

// chips are the filters that have no control of their own.
func (h Reports) chips(ctx context.Context, l views.List) ([]views.Chip, error) {
	var chips []views.Chip
	if id := l.Param("license"); id != "" {
		license, err := h.store.License(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		name := license.Name
		if err != nil {
			name = id
		}
		chips = append(chips, chip(l, "license", "License: "+name))
	}
	if tag := l.Param("tag"); tag != "" {
		chips = append(chips, chip(l, "tag", "Tag: "+tag))
	}
	return chips, nil
}

func chip(l views.List, name, label string) views.Chip {
	param := views.Param{Name: name, Value: l.Param(name)}
	l.Params = slices.DeleteFunc(slices.Clone(l.Params), func(p views.Param) bool { return p.Name == name })
	return views.Chip{Param: param, Label: label, ClearURL: l.PageURL(1)}
}

// Actions is GET /usage-reports/actions: the buttons over the table.
func (h Reports) Actions(c echo.Context) error {
	ids := reportIDs(c.QueryParams()["id"])
	one := len(ids) == 1
	switch do := c.QueryParam("do"); {
	case do == "view" && one:
		return h.redirect(c, views.ReportURL(ids[0]))
	case do == "edit" && one:
		return h.redirect(c, views.ReportURL(ids[0])+"/edit")
	case do == "delete" && one:
		return h.redirect(c, views.ReportURL(ids[0])+"/delete")
	case do == "delete" && len(ids) > 1:
		return h.redirect(c, reportsPath+"/delete?"+url.Values{"id": ids}.Encode())
	default:
		return h.redirect(c, backTo(c, reportsPath), selectFlash(do)...)
	}
}

// selectFlash says which selection an action needs.
func selectFlash(do string) []views.Flash {
	words := map[string]string{
		"view": views.SelectReportToView, "edit": views.SelectReportToEdit, "delete": views.SelectReportToDelete,
		"pause": views.SelectReportToPause, "resume": views.SelectReportToResume,
	}
	if words[do] == "" {
		return nil
	}
	return []views.Flash{{Kind: views.KindError, Title: words[do]}}
}

// mostSelected is the largest page of the table.
const mostSelected = 100

// reportIDs leaves out what is no id of a usage report or there twice.
func reportIDs(values []string) []string {
	var ids []string
	for _, id := range values {
		if usage.IsReportID(id) && !slices.Contains(ids, id) && len(ids) < mostSelected {
			ids = append(ids, id)
		}
	}
	return ids
}
