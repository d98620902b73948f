package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// DeleteForm is GET /usage-reports/:id/delete: the question over the details
// page.
func (h Reports) DeleteForm(c echo.Context) error {
	if IsFragment(c) {
		r, err := h.store.Report(c.Request().Context(), c.Param("id"))
		if err != nil {
			return h.orTombstone(c, err)
		}
		return h.deleteDialog(c, r)
	}
	details, err := h.details(c)
	if err != nil {
		return h.orTombstone(c, err)
	}
	p, err := h.deleteOne(c.Request().Context(), details.Report)
	if err != nil {
		return err
	}
	p.Page, p.Behind = details.Page, views.ReportDetails(details)
	p.Title = "Delete " + details.Report.Name
	return h.render(c, http.StatusOK, views.ReportDelete(p), nil)
}

// deleteDialog is the question about one report over the page that is there.
func (h Reports) deleteDialog(c echo.Context, r usage.Report) error {
	ctx := c.Request().Context()
	item, err := h.item(ctx, r)
	if err != nil {
		return err
	}
	p, err := h.deleteOne(ctx, item)
	if err != nil {
		return err
	}
	p.Page = h.BarePage(c)
	return h.render(c, http.StatusOK, views.ReportDeleteDialog(p), nil)
}

// deleteOne is what the question about one report tells.
func (h Reports) deleteOne(ctx context.Context, r views.ReportItem) (views.ReportDeletePage, error) {
	published, err := h.store.Published(ctx, r.ID)
	p := views.ReportDeletePage{Reports: []views.ReportItem{r}, Files: published.Files}
	if published.Files > 0 {
		p.FolderURL = r.FolderURL
	}
	return p, err
}

// Delete is POST /usage-reports/:id/delete.
func (h Reports) Delete(c echo.Context) error {
	deleted, err := h.store.DeleteReports(c.Request().Context(), h.act(c), []string{c.Param("id")})
	switch {
	case err != nil:
		return err
	case len(deleted) == 0: // it was deleted already
		return h.orTombstone(c, store.ErrDeleted)
	}
	return h.redirect(c, reportsPath, deletedFlash(deleted))
}

func deletedFlash(deleted []usage.Report) views.Flash {
	title := "Successfully deleted usage report " + deleted[0].Name + "."
	if n := len(deleted); n > 1 {
		title = "Successfully deleted " + views.Count(int64(n), "usage report", "usage reports") + "."
	}
	return views.Flash{Kind: views.KindSuccess, Title: title, Text: "Your S3 bucket and previous reports are not affected."}
}

// DeleteSeveralForm is GET /usage-reports/delete?id=…&id=…: the question over
// the table.
func (h Reports) DeleteSeveralForm(c echo.Context) error {
	items, err := h.selected(c.Request().Context(), c.QueryParams()["id"])
	switch {
	case err != nil:
		return err
	case len(items) == 0:
		return h.redirect(c, reportsPath, selectFlash("delete")...)
	case len(items) == 1 && IsFragment(c): // a dialog is not sent elsewhere
		return h.deleteDialog(c, items[0].Report)
	case len(items) == 1:
		return h.redirect(c, items[0].URL()+"/delete")
	}
	return h.deletePage(c, http.StatusOK, views.ReportDeletePage{Reports: items})
}

// selected reads the reports with these ids, as far as they are still there.
func (h Reports) selected(ctx context.Context, ids []string) ([]views.ReportItem, error) {
	var items []views.ReportItem
	for _, id := range reportIDs(ids) {
		r, err := h.store.Report(ctx, id)
		if errors.Is(err, store.ErrDeleted) || errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		items = append(items, views.ReportItem{Report: r})
	}
	return items, nil
}

func (h Reports) deletePage(c echo.Context, status int, p views.ReportDeletePage) error {
	var fragment templ.Component
	if IsFragment(c) {
		p.Page = h.BarePage(c)
		fragment = views.ReportDeleteDialog(p)
	} else {
		list, err := h.list(c)
		if err != nil {
			return err
		}
		p.Page, p.Behind = list.Page, views.ReportsContent(list)
	}
	p.Title = "Delete usage reports"
	return h.render(c, status, views.ReportDelete(p), fragment)
}

// nothingToDelete answers for ids of which none is a usage report any more, as
// after a second click, or never was.
func nothingToDelete(ids []string) []views.Flash {
	if len(reportIDs(ids)) == 0 {
		return selectFlash("delete")
	}
	return []views.Flash{{Kind: views.KindInfo, Title: "The selected usage reports have been deleted already."}}
}

// DeleteSeveral is POST /usage-reports/delete.
func (h Reports) DeleteSeveral(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	items, err := h.selected(ctx, fields["id"])
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return h.redirect(c, reportsPath, nothingToDelete(fields["id"])...)
	}
	if typed := fields.Get("confirm"); !strings.EqualFold(strings.TrimSpace(typed), "confirm") {
		p := views.ReportDeletePage{Reports: items, Typed: typed}
		p.Errors.Add("confirm", "Confirm", "Type “confirm” to delete.")
		return h.deletePage(c, http.StatusUnprocessableEntity, p)
	}
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	deleted, err := h.store.DeleteReports(ctx, h.act(c), ids)
	switch {
	case err != nil:
		return err
	case len(deleted) == 0:
		return h.redirect(c, reportsPath, nothingToDelete(ids)...)
	}
	return h.redirect(c, reportsPath, deletedFlash(deleted))
}
