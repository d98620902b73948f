package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Associations answers for the use of self-managed licenses by resources.
type Associations struct{ *Console }

// AssociateForm is GET /self-managed-licenses/:id/resources/associate.
func (h Associations) AssociateForm(c echo.Context) error {
	return h.page(c, http.StatusOK, views.AssociationsPage{Associate: true})
}

// DisassociateForm is GET /self-managed-licenses/:id/resources/disassociate.
// With an id in the query it asks about that one resource, over its details.
func (h Associations) DisassociateForm(c echo.Context) error {
	if id := c.QueryParam("id"); id != "" {
		return h.ask(c, id)
	}
	return h.page(c, http.StatusOK, views.AssociationsPage{})
}

// ask is the dialog before one resource is disassociated.
func (h Associations) ask(c echo.Context, resourceID string) error {
	p, err := h.resourcePage(c, resourceID)
	if err != nil {
		return err
	}
	if p.Foreign {
		return h.foreign(c, p)
	}
	use, ok := p.Use(c.Param("id"))
	if !ok {
		return h.redirect(c, views.ResourceURL(resourceID), views.Flash{Kind: views.KindInfo, Title: "The resource doesn’t use the license any more."})
	}
	return h.render(c, http.StatusOK, views.DisassociateResource(p, use), views.DisassociateResourceDialog(p, use))
}

// page shows the resources that can be selected: for associating those that
// don't use the license yet.
func (h Associations) page(c echo.Context, status int, p views.AssociationsPage) error {
	ctx, id := c.Request().Context(), c.Param("id")
	row, err := h.store.LicenseRow(ctx, id)
	if err != nil {
		return err
	}
	if p.Associate && row.Deactivated() {
		return h.redirect(c, licensePath(id), views.Flash{Kind: views.KindError, Title: "“" + row.Name + "” is deactivated and takes no more resources."})
	}
	p.License = licenseRow(row)
	p.List = readResourceList(c, views.AssociationsURL(id, p.Associate))
	q := resourceQuery(p.List)
	if p.Associate {
		q.Without = id
	} else {
		q.LicenseID = id
	}
	crossAccount, err := h.scope(ctx, &q)
	if err != nil {
		return err
	}
	p.CrossOff = !crossAccount
	rows, total, err := h.readResources(ctx, &p.List, q, store.ResourceQuery{LicenseID: q.LicenseID, Without: q.Without, Account: q.Account})
	if err != nil {
		return err
	}
	p.Rows, p.Total = rows, countedOrNone(total)
	crumbs := []views.Crumb{licensesCrumb(), {Label: row.Name, URL: licensePath(id)}, {Label: p.Heading()}}
	if p.Page, err = h.Page(c, p.Heading()+" - "+row.Name, views.SectionLicenses, crumbs...); err != nil {
		return err
	}
	return h.render(c, status, views.Associations(p), views.AssociationsBox(p))
}

// Associate is POST /self-managed-licenses/:id/resources/associate.
func (h Associations) Associate(c echo.Context) error {
	ids, err := selectedResources(c)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return h.problem(c, true, ids, views.AssociationRefusal(true))
	}
	added, err := h.store.Associate(c.Request().Context(), h.act(c), c.Param("id"), ids)
	var fields usage.FieldErrors
	var limit *usage.LimitError
	switch {
	case errors.As(err, &fields):
		return h.problem(c, true, ids, fields[0].Message)
	case errors.As(err, &limit):
		return h.problem(c, true, ids, limit.Error())
	case err != nil:
		return err
	}
	return h.done(c, changedSome("Successfully associated ", added, int64(len(ids)), "used the license already"))
}

// Disassociate is POST /self-managed-licenses/:id/resources/disassociate.
func (h Associations) Disassociate(c echo.Context) error {
	ids, err := selectedResources(c)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return h.problem(c, false, ids, views.AssociationRefusal(false))
	}
	n, err := h.store.Disassociate(c.Request().Context(), h.act(c), c.Param("id"), ids)
	if err != nil {
		return err
	}
	return h.done(c, changedSome("Successfully disassociated ", n, int64(len(ids)), "did not use the license any more"))
}

// changedSome says how many of the selected resources were changed, and why the
// others were not.
func changedSome(done string, changed, selected int64, others string) string {
	text := "No resource was changed."
	if changed > 0 {
		text = done + views.Count(changed, "resource", "resources") + "."
	}
	if left := selected - changed; left > 0 {
		text += " " + views.Count(left, "resource", "resources") + " " + others + "."
	}
	return text
}

// selectedResources are the ids that a form sends, each once.
func selectedResources(c echo.Context) ([]string, error) {
	fields, err := form(c)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, id := range append(fields["id"], fields["resource_id"]...) {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// problem shows the form once more with what was selected.
func (h Associations) problem(c echo.Context, associate bool, ids []string, text string) error {
	selected := make(map[string]bool, len(ids))
	for _, id := range ids {
		selected[id] = true
	}
	return h.page(c, http.StatusUnprocessableEntity, views.AssociationsPage{Associate: associate, Selected: selected, Problem: text})
}

func (h Associations) done(c echo.Context, title string) error {
	return h.redirect(c, licensePath(c.Param("id")), views.Flash{Kind: views.KindSuccess, Title: title})
}
