package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Resources answers for tracked resources.
type Resources struct{ *Console }

const (
	resourcesPath = "/tracked-resources"
	// licensesOffered is how many licenses a list of resources can be filtered by.
	licensesOffered = 200
	// statusLength is how long a status is at most.
	statusLength = 64
)

// resourcesCrumb is the way to every page of tracked resources.
func resourcesCrumb() views.Crumb {
	return views.Crumb{Label: "Tracked resources", URL: resourcesPath}
}

// List is GET /tracked-resources.
func (h Resources) List(c echo.Context) error {
	p, err := h.list(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Resources(p), views.ResourcesBox(p))
}

// list is the list as the URL of the request tells it.
func (h Resources) list(c echo.Context) (views.ResourcesPage, error) {
	ctx := c.Request().Context()
	p := views.ResourcesPage{List: readTracked(c)}
	if err := h.preferred(c, &p.List); err != nil {
		return p, err
	}
	q := trackedQuery(p.List)
	crossAccount, err := h.scope(ctx, &q)
	if err != nil {
		return p, err
	}
	rows, total, err := h.readResources(ctx, &p.List, q, store.ResourceQuery{Account: q.Account})
	if err != nil {
		return p, err
	}
	p.Rows, p.Total = rows, countedOrNone(total)
	if !crossAccount {
		if p.Elsewhere, err = h.elsewhere(ctx, q, p.List.Found); err != nil {
			return p, err
		}
	}
	if p.Statuses, err = h.store.ResourceStatuses(ctx); err != nil {
		return p, err
	}
	if p.Licenses, err = h.licensesToFilter(ctx, p.List.Param("license")); err != nil {
		return p, err
	}
	if p.Imports, err = h.openImports(c); err != nil {
		return p, err
	}
	p.Page, err = h.Page(c, "Tracked resources", views.SectionResources, views.Crumb{Label: "Tracked resources"})
	return p, err
}

// readTracked is the state of the list of all tracked resources in the URL.
func readTracked(c echo.Context) views.List {
	l := readResourceList(c, resourcesPath)
	l.Params = append(l.Params,
		views.Param{Name: "status", Value: bounded(c.QueryParam("status"), statusLength)}, views.Param{Name: "license", Value: licenseFilter(c)})
	l.Exports = true
	return l
}

// trackedQuery selects what that list shows, of all accounts.
func trackedQuery(l views.List) store.ResourceQuery {
	q := resourceQuery(l)
	q.Status, q.LicenseID = l.Param("status"), l.Param("license")
	return q
}

// readResourceList is the state of a list of resources in the URL, with the
// filters that all such lists have.
func readResourceList(c echo.Context, path string) views.List {
	l := readList(c, path, "id", views.ResourceColumns())
	l.Params = []views.Param{
		{Name: "q", Value: searchText(c)},
		{Name: "type", Value: oneOf(c.QueryParam("type"), usage.ResourceTypes())},
	}
	return l
}

func licenseFilter(c echo.Context) string {
	license := c.QueryParam("license")
	if license == "none" || usage.IsLicenseID(license) {
		return license
	}
	return ""
}

func resourceQuery(l views.List) store.ResourceQuery {
	return store.ResourceQuery{Text: plainAccount(l.Param("q")), Type: l.Param("type"), Sort: l.Sort, Page: l.Page, Size: l.Rows()}
}

// scope leaves resources of other accounts out unless cross-account inventory
// search is on, which it reports.
func (h *Console) scope(ctx context.Context, q *store.ResourceQuery) (crossAccount bool, err error) {
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return false, err
	}
	if !settings.CrossAccount {
		q.Account = h.store.Account().ID
	}
	return settings.CrossAccount, nil
}

// readResources reads the rows of a page of resources. It returns how many all
// selects, too: the list without its filter. Where a search would take too long
// it looks at beginnings alone, and the list says so.
func (h *Console) readResources(ctx context.Context, l *views.List, q, all store.ResourceQuery) (rows []views.ResourceRow, total int64, err error) {
	found, total, err := h.store.Resources(ctx, q)
	if errors.Is(err, store.ErrSlow) {
		q.Beginning, l.Beginnings = true, true
		found, total, err = h.store.Resources(ctx, q)
	}
	if err != nil {
		return nil, 0, err
	}
	setTotal(l, total)
	for _, r := range found {
		rows = append(rows, resourceRow(r))
	}
	if l.Filtered() {
		all.Page, all.Size = 1, 1
		_, total, err = h.store.Resources(ctx, all)
	}
	return rows, total, err
}

func resourceRow(r store.ResourceRow) views.ResourceRow {
	return views.ResourceRow{
		Resource: r.Resource, LicenseID: r.LicenseID, LicenseName: r.LicenseName, More: r.Licenses - 1,
		Consumed: r.Consumed, AssociatedAt: since(r.AssociatedAt),
	}
}

// countedOrNone is a number of rows in words; nothing if there are none.
func countedOrNone(n int64) string {
	if n == 0 {
		return ""
	}
	return counted(n)
}

// elsewhere is how many resources belong to other accounts, in words; nothing
// if there are none. Where a license is all that q selects by, they are those of
// the license beside the own ones that were found: its figure and the list agree.
func (h *Console) elsewhere(ctx context.Context, q store.ResourceQuery, found int64) (string, error) {
	if !usage.IsLicenseID(q.LicenseID) || q.Text+q.Type+q.Status != "" {
		n, err := h.store.CountForeignResources(ctx, h.store.Account().ID)
		return countedOrNone(n), err
	}
	if found > store.CountBound { // it is not known how many more
		return "", nil
	}
	use, err := h.store.Consumption(ctx, q.LicenseID)
	return countedOrNone(max(use.Associated()-found, 0)), err
}

// licensesToFilter are the licenses that the list can be filtered by, with the
// chosen one among them.
func (h Resources) licensesToFilter(ctx context.Context, chosen string) ([]views.Option, error) {
	rows, _, err := h.store.Licenses(ctx, store.LicenseQuery{Sort: "name", Page: 1, Size: licensesOffered, Now: h.now()})
	if err != nil {
		return nil, err
	}
	var options []views.Option
	for _, row := range rows {
		options = append(options, views.Option{Value: row.ID, Label: row.Name})
		if row.ID == chosen {
			chosen = ""
		}
	}
	if !usage.IsLicenseID(chosen) {
		return options, nil
	}
	l, err := h.store.License(ctx, chosen)
	if errors.Is(err, store.ErrNotFound) {
		return options, nil
	}
	return append(options, views.Option{Value: l.ID, Label: l.Name}), err
}

// Details is GET /tracked-resources/:id, and GET /tracked-resources/details
// for ids that a path can't carry.
func (h Resources) Details(c echo.Context) error {
	p, err := h.resourcePage(c, resourceID(c))
	if err != nil {
		return err
	}
	if p.Foreign {
		return h.foreign(c, p)
	}
	return h.render(c, http.StatusOK, views.ResourceShow(p), nil)
}

// resourcePage reads the details of a resource.
func (h *Console) resourcePage(c echo.Context, id string) (views.ResourcePage, error) {
	ctx := c.Request().Context()
	r, err := h.store.Resource(ctx, id)
	if err != nil {
		return views.ResourcePage{}, err
	}
	var q store.ResourceQuery
	if _, err := h.scope(ctx, &q); err != nil {
		return views.ResourcePage{}, err
	}
	p := views.ResourcePage{Resource: r, Foreign: q.Account != "" && r.OwnerAccountID != q.Account}
	uses, err := h.store.ResourceLicenses(ctx, id)
	if err != nil {
		return p, err
	}
	for _, u := range uses {
		p.Uses = append(p.Uses, views.ResourceUse{
			LicenseID: u.LicenseID, LicenseName: u.Name, CountingType: u.CountingType, Consumed: u.Consumed, Given: u.Given != nil, AssociatedAt: u.AssociatedAt,
		})
	}
	p.Page, err = h.Page(c, p.Heading(), views.SectionResources, resourcesCrumb(), views.Crumb{Label: p.Heading()})
	return p, err
}

// foreign says why a resource that exists is not shown.
func (h *Console) foreign(c echo.Context, p views.ResourcePage) error {
	e := views.ForeignResource(p.Page)
	return h.render(c, e.Status, views.Error(e), views.ErrorFragment(e))
}

// resourceID is the id in the path as it was written, or else in the query.
func resourceID(c echo.Context) string {
	id := c.Param("id")
	if id == "" {
		return c.QueryParam("id")
	}
	if c.Request().URL.RawPath == "" {
		return id // echo matched the path as it is decoded
	}
	decoded, err := url.PathUnescape(id)
	if err != nil {
		return id
	}
	return decoded
}
