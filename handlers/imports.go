package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/inventory"
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
	if p.Open, err = h.openImports(c); err != nil {
		return err
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

// Upload is POST /tracked-resources/import: the file is read as it comes, and staged.
func (h Imports) Upload(c echo.Context) error {
	u := &upload{body: c.Request().Body, size: c.Request().ContentLength}
	staged, err := h.stage(c, u)
	if err == nil {
		staged, err = h.soon(c, "judge", staged.ID, inventory.Staged)
	}
	var problems usage.FieldErrors
	switch {
	case errors.As(err, &problems):
		u.drain() // a browser shows the answer only once it has sent everything
		errs := views.NewFieldErrors(problems, views.Field{ID: "file", Label: "CSV file"}, views.Field{ID: "license", Label: "Self-managed license"})
		return h.formPage(c, http.StatusUnprocessableEntity, views.ImportFormPage{License: u.license, Encoding: u.encoding, Errors: errs})
	case err != nil:
		return err
	}
	return h.redirect(c, views.ImportURL(staged.ID))
}

// stage stores the file of an upload. What the user can mend comes as
// usage.FieldErrors; then nothing is stored.
func (h Imports) stage(c echo.Context, u *upload) (inventory.Import, error) {
	ctx, act := c.Request().Context(), h.act(c)
	if u.tooLarge() {
		return inventory.Import{}, u.problem(nil)
	}
	if err := h.inventory.Room(ctx, act.By, max(u.size, 0)); err != nil {
		return inventory.Import{}, err
	}
	var file *inventory.File
	var name string
	err := u.parts(c.Request(), func(fileName string) (err error) {
		name = fileName
		file, err = h.inventory.Read(ctx, u, usage.ImportDialect{Encoding: usage.Encoding(u.encoding)})
		return u.problem(err)
	})
	if file != nil {
		defer file.Close()
	}
	switch {
	case err != nil:
		return inventory.Import{}, err
	case file == nil:
		return inventory.Import{}, usage.FieldErrors{{Field: "file", Message: "Choose a CSV file."}}
	}
	return h.inventory.Stage(ctx, act, file, inventory.Source{Name: name, License: u.license})
}

// patience is how long an answer waits for what mostly takes less.
const patience = time.Second

// soon nudges a job, and waits a moment for it to bring an import out of a state.
func (h Imports) soon(c echo.Context, job, id string, state inventory.State) (inventory.Import, error) {
	h.nudge(job)
	ctx, cancel := context.WithTimeout(c.Request().Context(), patience)
	defer cancel()
	ticker := time.NewTicker(patience / 50)
	defer ticker.Stop()
	for {
		found, err := h.inventory.Import(c.Request().Context(), id, CurrentUser(c).Name)
		if err != nil || found.State != state {
			return found, err
		}
		select {
		case <-ctx.Done():
			return found, nil
		case <-ticker.C:
		}
	}
}

// found returns the user's import with the id in the path. ErrNoPage means that
// there never was one with that id, store.ErrNotFound that it is gone.
func (h Imports) found(c echo.Context) (inventory.Import, error) {
	if !usage.IsToken(c.Param("import")) {
		return inventory.Import{}, ErrNoPage
	}
	return h.inventory.Import(c.Request().Context(), c.Param("import"), CurrentUser(c).Name)
}

// importLicensesShown is how many licenses a review lists at most.
const importLicensesShown = 1000

// Show is GET /tracked-resources/import/:import: the review, or how far it is.
func (h Imports) Show(c echo.Context) error {
	found, err := h.found(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	p := views.ImportPage{
		ImportNote: importNote(c, found), License: found.License, Rows: found.Rows,
		New: found.Added, Updated: found.Updated, Unchanged: found.Unchanged, Wrong: found.Wrong,
	}
	if p.Stage == views.ImportReview || p.Stage == views.ImportDone {
		p.Unused = found.Unused()
		if p.Errors, err = h.inventory.Problems(ctx, found); err != nil {
			return err
		}
		changes, err := h.inventory.Licenses(ctx, found.ID, importLicensesShown)
		if err != nil {
			return err
		}
		for _, l := range changes {
			p.Licenses = append(p.Licenses, views.ImportLicense{License: l.License, Before: l.Before, After: l.After})
		}
	}
	if p.Page, err = h.Page(c, importTitle, views.SectionResources, resourcesCrumb(), views.Crumb{Label: "Import"}); err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.Import(p), views.ImportContent(p))
}

// importNote tells of an import.
func importNote(c echo.Context, i inventory.Import) views.ImportNote {
	note := views.ImportNote{FileName: i.FileName, User: i.UserName, Done: float64(i.Done) / float64(i.Total)}
	if i.UserName == CurrentUser(c).Name {
		note.ID = i.ID
	}
	switch i.State {
	case inventory.Reviewed:
		note.Stage = views.ImportReview
	case inventory.Applying:
		note.Stage = views.ImportApplying
	case inventory.Applied:
		note.Stage = views.ImportDone
	default:
		note.Stage = views.ImportChecking
	}
	return note
}

// importsShown is how many imports are told of outside of their own pages.
const importsShown = 20

// openImports tells of the imports that are going on, and of those that wait for
// the user.
func (h *Console) openImports(c echo.Context) (notes []views.ImportNote, err error) {
	open, err := h.inventory.Open(c.Request().Context(), CurrentUser(c).Name, importsShown)
	for _, i := range open {
		notes = append(notes, importNote(c, i))
	}
	return notes, err
}

// Errors is GET /tracked-resources/import/:import/errors.csv: the rows that can't be
// imported, or could not be, with the reasons.
func (h Imports) Errors(c echo.Context) error {
	found, err := h.found(c)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(found.FileName, ".csv") + "-errors.csv"
	return h.inventory.WriteProblems(c.Request().Context(), found, &csvDownload{c: c, name: name})
}

// Apply is POST /tracked-resources/import/:import: the import goes on by itself. Most
// end within a moment, and the list of resources tells so.
func (h Imports) Apply(c echo.Context) error {
	found, err := h.found(c)
	if err == nil && found.State == inventory.Reviewed && found.Wrong > 0 {
		return h.redirect(c, views.ImportURL(found.ID), views.Flash{
			Kind: views.KindError, Title: "Nothing was imported.", Text: "Some rows can’t be imported.",
		})
	}
	if err == nil {
		err = h.inventory.Confirm(c.Request().Context(), h.act(c), found.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return h.gone(c, found)
	}
	if err != nil {
		return err
	}
	if found, err = h.soon(c, "import", found.ID, inventory.Applying); err != nil {
		return err
	}
	if found.State == inventory.Applied && found.Wrong == 0 {
		return h.redirect(c, resourcesPath, views.Imported(found.Added, found.Updated, found.Unchanged))
	}
	return h.redirect(c, views.ImportURL(found.ID))
}

// gone answers for a file that can't be imported any more: a second click leads to
// the import of the first.
func (h Imports) gone(c echo.Context, found inventory.Import) error {
	if found.State == inventory.Applying || found.State == inventory.Applied {
		return h.redirect(c, views.ImportURL(found.ID))
	}
	return h.redirect(c, resourcesPath, views.Flash{
		Kind: views.KindInfo, Title: "The file isn’t there any more.", Text: "The import was canceled.",
	})
}

// Cancel is POST /tracked-resources/import/:import/cancel.
func (h Imports) Cancel(c echo.Context) error {
	if !usage.IsToken(c.Param("import")) {
		return ErrNoPage
	}
	if err := h.inventory.Cancel(c.Request().Context(), c.Param("import"), CurrentUser(c).Name); err != nil {
		return err
	}
	h.nudge("import") // which deletes the rows
	return h.redirect(c, resourcesPath)
}
