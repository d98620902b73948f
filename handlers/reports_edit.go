package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// EditForm is GET /usage-reports/:id/edit. As a fragment it answers a change
// in the form.
func (h Reports) EditForm(c echo.Context) error {
	r, err := h.store.Report(c.Request().Context(), c.Param("id"))
	if err != nil {
		return h.orTombstone(c, err)
	}
	if IsFragment(c) {
		return h.render(c, http.StatusOK, changed(c, views.ReportFormPage{ID: r.ID, OldName: r.Name}), nil)
	}
	if fields := h.takeDraft(c); fields != nil {
		return h.editPage(c, http.StatusOK, r, views.ReportFormPage{Form: readReport(fields)})
	}
	return h.editPage(c, http.StatusOK, r, views.ReportFormPage{Form: newReportForm(r)})
}

// editPage shows the form of the stored report r.
func (h Reports) editPage(c echo.Context, status int, r usage.Report, p views.ReportFormPage) error {
	p.ID, p.OldName, p.Typed = r.ID, r.Name, isTyped(c)
	if err := h.formChoices(c.Request().Context(), &p, r.LicenseID); err != nil {
		return err
	}
	crumbs := []views.Crumb{reportsCrumb(), {Label: r.Name, URL: views.ReportURL(r.ID)}, {Label: "Edit"}}
	var err error
	if p.Page, err = h.Page(c, "Edit "+r.Name, views.SectionReports, crumbs...); err != nil {
		return err
	}
	return h.render(c, status, views.ReportEdit(p), nil)
}

// Update is POST /usage-reports/:id/edit.
func (h Reports) Update(c echo.Context) error {
	ctx := c.Request().Context()
	fields, err := form(c)
	if err != nil {
		return err
	}
	stored, err := h.store.Report(ctx, c.Param("id"))
	if err != nil {
		return h.orTombstone(c, err)
	}
	intent, p := fields.Get("intent"), views.ReportFormPage{Form: readReport(fields)}
	if editTags(&p.Form.Tags, intent) {
		return h.editPage(c, http.StatusOK, stored, p)
	}
	p.Form.Tags = filledTags(p.Form.Tags)
	r := parseReport(p.Form)
	r.ID = stored.ID
	if intent == checkIntent {
		if err := h.check(c, &p, r, stored.LicenseID); err != nil {
			return err
		}
		return h.editPage(c, http.StatusOK, stored, p)
	}
	if intent == "preview" {
		status, err := h.preview(c, &p, r)
		if err != nil {
			return err
		}
		return h.editPage(c, status, stored, p)
	}
	err = h.store.UpdateReport(ctx, h.act(c), r)
	var wrong usage.FieldErrors
	switch {
	case err == nil:
		h.nudge("publish")
		return h.redirect(c, views.ReportURL(r.ID), updatedFlash(r.Name, stored.Status))
	case errors.Is(err, store.ErrStale):
		return h.conflict(c, p.Form)
	case errors.As(err, &wrong):
		p.Form.Errors = p.Form.FieldErrors(wrong)
		return h.editPage(c, http.StatusUnprocessableEntity, stored, p)
	}
	return h.orTombstone(c, err)
}

func updatedFlash(name string, status usage.ReportStatus) views.Flash {
	flash := views.Flash{Kind: views.KindSuccess, Title: "Successfully updated usage report " + name + ".", Text: "A new report is generated within an hour."}
	if status == usage.ReportPaused {
		flash.Text = pausedText
	}
	return flash
}

// conflict shows what was typed beside what somebody else has saved meanwhile.
// Saving once more replaces that.
func (h Reports) conflict(c echo.Context, typed views.ReportForm) error {
	ctx := c.Request().Context()
	current, err := h.store.Report(ctx, c.Param("id"))
	if err != nil {
		return h.orTombstone(c, err)
	}
	item, err := h.item(ctx, current)
	if err != nil {
		return err
	}
	typed.Version = strconv.FormatInt(current.Version, 10)
	clock := h.BarePage(c).Clock
	return h.editPage(c, http.StatusConflict, current, views.ReportFormPage{Form: typed, Conflict: views.NewReportConflict(clock, item, typed)})
}
