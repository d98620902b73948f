package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Licenses answers for self-managed licenses.
type Licenses struct{ *Console }

const (
	licensesPath = "/self-managed-licenses"
	// What a details page lists before it leads to the whole list.
	licenseReportsListed   = 5
	licenseResourcesListed = 10
)

// licensesCrumb is the way to every page of a license.
func licensesCrumb() views.Crumb {
	return views.Crumb{Label: "Self-managed licenses", URL: licensesPath}
}

func licensePath(id string) string { return licensesPath + "/" + id }

// List is GET /self-managed-licenses.
func (h Licenses) List(c echo.Context) error {
	p, err := h.list(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Licenses(p), views.LicensesBox(p))
}

// list is the list as the URL of the request tells it.
func (h Licenses) list(c echo.Context) (views.LicensesPage, error) {
	ctx := c.Request().Context()
	p := views.LicensesPage{List: readLicenseList(c)}
	if err := h.preferred(c, &p.List); err != nil {
		return p, err
	}
	rows, total, err := h.store.Licenses(ctx, h.licenseQuery(p.List))
	if err != nil {
		return p, err
	}
	setTotal(&p.List, total)
	for _, row := range rows {
		p.Rows = append(p.Rows, licenseRow(row))
	}
	if p.Total = total; p.List.Filtered() {
		all, err := h.counts.current(ctx, h.Console)
		if err != nil {
			return p, err
		}
		p.Total = max(all.Licenses, total)
	}
	p.Page, err = h.Page(c, "Self-managed licenses", views.SectionLicenses, views.Crumb{Label: "Self-managed licenses"})
	return p, err
}

// readLicenseList is the state of the list in the URL.
func readLicenseList(c echo.Context) views.List {
	l := readList(c, licensesPath, "name", views.LicenseColumns())
	l.Params = []views.Param{
		{Name: "q", Value: searchText(c)},
		{Name: "status", Value: oneOf(c.QueryParam("status"), store.LicenseStatuses())},
	}
	l.Exports = true
	return l
}

// licenseQuery selects what the list shows.
func (h Licenses) licenseQuery(l views.List) store.LicenseQuery {
	return store.LicenseQuery{Text: l.Param("q"), Status: l.Param("status"), Sort: l.Sort, Page: l.Page, Size: l.Rows(), Now: h.now()}
}

func licenseRow(row store.LicenseRow) views.LicenseRow {
	return views.LicenseRow{License: row.License, Consumed: row.Consumed, Resources: row.Associated, Reports: row.Reports}
}

// Actions is GET /self-managed-licenses/actions: the buttons over the list.
func (h Licenses) Actions(c echo.Context) error {
	do, ids := c.QueryParam("do"), c.QueryParams()["id"]
	pages := map[string]string{"view": "", "edit": "/edit", "delete": "/delete"}
	page, known := pages[do]
	switch {
	case !known:
		return ErrNoPage
	case len(ids) != 1:
		return h.redirect(c, backTo(c, licensesPath), views.Flash{Kind: views.KindError, Title: views.LicenseRefusal(do)})
	case !usage.IsLicenseID(ids[0]):
		return ErrNoPage
	}
	return h.redirect(c, licensePath(ids[0])+page)
}

// Details is GET /self-managed-licenses/:id.
func (h Licenses) Details(c echo.Context) error {
	p, err := h.license(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.LicenseShow(p), nil)
}

// license reads the details page of the license in the path.
func (h Licenses) license(c echo.Context) (views.LicensePage, error) {
	ctx, id := c.Request().Context(), c.Param("id")
	row, err := h.store.LicenseRow(ctx, id)
	if err != nil {
		return views.LicensePage{}, err
	}
	p := views.LicensePage{License: licenseRow(row)}
	if p.Consumption, err = h.store.Consumption(ctx, id); err != nil {
		return p, err
	}
	reports, _, err := h.store.Reports(ctx, store.ReportQuery{LicenseID: id, Page: 1, Size: licenseReportsListed, Now: h.now()})
	if err != nil {
		return p, err
	}
	for _, r := range reports {
		p.Reports = append(p.Reports, r.Report)
	}
	if err := h.licenseResources(ctx, &p); err != nil {
		return p, err
	}
	if p.Page, err = h.Page(c, row.Name, views.SectionLicenses, licensesCrumb(), views.Crumb{Label: row.Name}); err != nil {
		return p, err
	}
	p.OverTime = consumptionOf(c, p.Clock, row.License)
	p.OverTime.Path = licensePath(id)
	p.OverTime.NoPoints = "The chart begins with the first usage report about this license that is published in this time."
	p.OverTime.History, err = h.store.LicenseConsumption(ctx, id, p.OverTime.Range.From(p.Now), p.Now, p.Clock.Location())
	return p, err
}

// licenseResources reads the first resources of the license: without
// cross-account inventory search those of the own account only.
func (h Licenses) licenseResources(ctx context.Context, p *views.LicensePage) error {
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return err
	}
	q := store.ResourceQuery{LicenseID: p.License.ID, Page: 1, Size: licenseResourcesListed}
	if !settings.CrossAccount {
		q.Account = h.store.Account().ID
	}
	rows, total, err := h.store.Resources(ctx, q)
	if err != nil {
		return err
	}
	for _, r := range rows {
		p.Resources = append(p.Resources, views.LicenseResource{Resource: r.Resource, Consumed: r.Consumed, AssociatedAt: since(r.AssociatedAt)})
	}
	if !settings.CrossAccount && total <= store.CountBound { // beyond, total is not exact
		p.Elsewhere = max(p.License.Resources-total, 0)
	}
	return nil
}

func since(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// consumptionOf is the chart of a license without its points.
func consumptionOf(c echo.Context, clock views.Clock, l usage.License) views.Consumption {
	return views.Consumption{
		Clock: clock, Range: views.RangeOf(c.QueryParam("range")), Unit: l.CountingType, Count: l.Count,
		Reached: l.LimitReachedAt, Weeks: l.ForecastWeeks,
	}
}
