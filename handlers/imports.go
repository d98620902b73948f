package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Imports answers for the import of tracked resources.
type Imports struct{ *Console }

const importTitle = "Import tracked resources"

// Form is GET /tracked-resources/import: the first step.
func (h Imports) Form(c echo.Context) error {
	return h.formPage(c, http.StatusOK, views.ImportFormPage{License: licenseFilter(c)})
}

func (h Imports) formPage(c echo.Context, status int, p views.ImportFormPage) error {
	choices, err := h.store.LicenseChoices(c.Request().Context())
	if err != nil {
		return err
	}
	for _, row := range choices {
		p.Licenses = append(p.Licenses, views.LicenseOption(row.License, row.Consumed))
	}
	if p.Page, err = h.Page(c, importTitle, views.SectionResources, resourcesCrumb(), views.Crumb{Label: "Import"}); err != nil {
		return err
	}
	return h.render(c, status, views.ImportForm(p), nil)
}

// Template is GET /tracked-resources/import/template.csv: a file with nothing
// but the columns.
func (h Imports) Template(c echo.Context) error {
	c.Response().Header().Set(echo.HeaderContentDisposition, attachment("tracked-resources.csv"))
	return c.Blob(http.StatusOK, usage.ContentType, []byte(strings.Join(usage.ImportColumns(), ",")+"\n"))
}

// Upload is POST /tracked-resources/import: the file is staged as it comes.
func (h Imports) Upload(c echo.Context) error {
	u := &upload{body: c.Request().Body, size: c.Request().ContentLength}
	staged, err := h.stage(c, u)
	var problems usage.FieldErrors
	switch {
	case errors.As(err, &problems):
		u.drain() // a browser shows the answer only once it has sent everything
		errs := labels{"file": "CSV file", "license": "Self-managed license"}.fieldErrors(problems)
		return h.formPage(c, http.StatusUnprocessableEntity, views.ImportFormPage{License: u.license, Errors: errs})
	case err != nil:
		return err
	}
	return h.redirect(c, views.ImportURL(staged.ID))
}

// stage saves the file of an upload. What the user can mend comes as
// usage.FieldErrors; then nothing is saved.
func (h Imports) stage(c echo.Context, u *upload) (store.Import, error) {
	ctx, act := c.Request().Context(), h.act(c)
	if u.tooLarge() {
		return store.Import{}, u.problem(nil)
	}
	var staged store.Import
	err := u.parts(c.Request(), func(fileName string) error {
		var err error
		staged, err = h.store.SaveImport(ctx, act, fileName, "", u)
		return u.problem(err)
	})
	if err == nil && staged.ID == "" {
		err = usage.FieldErrors{{Field: "file", Message: "Choose a CSV file."}}
	}
	if err == nil && u.license != "" {
		staged, err = h.store.SetImportLicense(ctx, staged, u.license)
	}
	if err != nil && staged.ID != "" {
		err = errors.Join(err, h.store.DropImport(context.WithoutCancel(ctx), staged.ID, act.By))
	}
	return staged, err
}

// staged returns the user's import with the id in the path. ErrNoPage means that
// there never was one with that id, store.ErrNotFound that it is gone.
func (h Imports) staged(c echo.Context) (store.Import, error) {
	if !usage.IsToken(c.Param("import")) {
		return store.Import{}, ErrNoPage
	}
	return h.store.ImportByID(c.Request().Context(), c.Param("import"), CurrentUser(c).Name)
}

// Review is GET /tracked-resources/import/:import: the second step.
func (h Imports) Review(c echo.Context) error {
	staged, err := h.staged(c)
	if err != nil {
		return err
	}
	review, err := h.store.ReviewImport(c.Request().Context(), staged)
	if err != nil {
		return err
	}
	p := views.ImportReviewPage{
		ID: staged.ID, FileName: staged.FileName, License: staged.License,
		Rows: review.Rows, New: review.New, Updated: review.Updated, Unchanged: review.Unchanged, Wrong: review.Wrong, Errors: review.Errors,
	}
	for _, l := range review.Licenses {
		p.Licenses = append(p.Licenses, views.ImportLicense{License: l.License, Before: l.Before, After: l.After})
	}
	if p.Page, err = h.Page(c, importTitle, views.SectionResources, resourcesCrumb(), views.Crumb{Label: "Import"}); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.ImportReview(p), nil)
}

// Errors is GET /tracked-resources/import/:import/errors.csv: the rows that
// can't be imported, with the reasons.
func (h Imports) Errors(c echo.Context) error {
	staged, err := h.staged(c)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(staged.FileName, ".csv") + "-errors.csv"
	return h.store.WriteImportErrors(c.Request().Context(), staged, &csvDownload{c: c, name: name})
}

// Apply is POST /tracked-resources/import/:import.
func (h Imports) Apply(c echo.Context) error {
	staged, err := h.staged(c)
	if errors.Is(err, store.ErrNotFound) {
		return h.gone(c)
	}
	if err != nil {
		return err
	}
	result, err := h.store.ApplyImport(c.Request().Context(), h.act(c), staged)
	var refused *store.ImportRefusedError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return h.gone(c)
	case errors.As(err, &refused):
		return h.redirect(c, views.ImportURL(staged.ID), views.Flash{
			Kind: views.KindError, Title: "Nothing was imported.", Text: "Some rows can’t be imported. Review the import again.",
		})
	case err != nil:
		return err
	}
	return h.redirect(c, resourcesPath, views.Imported(result.New, result.Updated, result.Unchanged))
}

// gone answers for a file that was imported or given up before, as by a second
// click.
func (h Imports) gone(c echo.Context) error {
	return h.redirect(c, resourcesPath, views.Flash{
		Kind: views.KindInfo, Title: "The file isn’t there any more.", Text: "It was imported already, or the import was canceled.",
	})
}

// Cancel is POST /tracked-resources/import/:import/cancel.
func (h Imports) Cancel(c echo.Context) error {
	if !usage.IsToken(c.Param("import")) {
		return ErrNoPage
	}
	if err := h.store.DropImport(c.Request().Context(), c.Param("import"), CurrentUser(c).Name); err != nil {
		return err
	}
	return h.redirect(c, resourcesPath)
}
