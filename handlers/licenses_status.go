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

// DeactivateForm is GET /self-managed-licenses/:id/deactivate.
func (h Licenses) DeactivateForm(c echo.Context) error {
	p, err := h.license(c)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.LicenseDeactivate(p), views.LicenseDeactivateDialog(p))
}

// Deactivate is POST /self-managed-licenses/:id/deactivate.
func (h Licenses) Deactivate(c echo.Context) error {
	return h.setStatus(c, usage.LicenseDeactivated, "deactivated")
}

// Activate is POST /self-managed-licenses/:id/activate.
func (h Licenses) Activate(c echo.Context) error {
	return h.setStatus(c, usage.LicenseAvailable, "activated")
}

func (h Licenses) setStatus(c echo.Context, status usage.LicenseStatus, done string) error {
	ctx, id := c.Request().Context(), c.Param("id")
	l, err := h.store.License(ctx, id)
	if err != nil {
		return err
	}
	if l.Status == status {
		return h.redirect(c, licensePath(id), views.Flash{Kind: views.KindInfo, Title: "Self-managed license " + l.Name + " is " + done + " already."})
	}
	if err := h.store.SetLicenseStatus(ctx, h.act(c), id, status); err != nil {
		return err
	}
	return h.redirect(c, licensePath(id), licenseDone(done, l.Name))
}

// DeleteForm is GET /self-managed-licenses/:id/delete. There is no dialog
// while the license is in use.
func (h Licenses) DeleteForm(c echo.Context) error {
	id := c.Param("id")
	use, err := h.store.LicenseUse(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if use != nil {
		return h.redirect(c, licensePath(id), licenseInUse(use)...)
	}
	p, err := h.license(c)
	if err != nil {
		return err
	}
	dialog := views.LicenseDeletePage{LicensePage: p}
	return h.render(c, http.StatusOK, views.LicenseDelete(dialog), views.LicenseDeleteDialog(dialog))
}

// Delete is POST /self-managed-licenses/:id/delete.
func (h Licenses) Delete(c echo.Context) error {
	p, err := h.license(c)
	if err != nil {
		return err
	}
	dialog := views.LicenseDeletePage{LicensePage: p}
	err = h.submit(c, submission{
		read: func(fields url.Values) { dialog.Typed = fields.Get("confirm") },
		save: func(ctx context.Context) (string, views.Flash, error) {
			if err := confirmed(dialog.Typed); err != nil {
				return "", views.Flash{}, err
			}
			return licensesPath, licenseDone("deleted", p.License.Name), h.store.DeleteLicense(ctx, h.act(c), p.License.ID)
		},
		show: func(status int, wrong usage.FieldErrors) error {
			dialog.Errors = views.NewFieldErrors(wrong, views.Field{ID: "confirm", Label: "Confirm"})
			return h.render(c, status, views.LicenseDelete(dialog), nil)
		},
	})
	var use *store.InUseError
	if !errors.As(err, &use) {
		return err
	}
	p.Flashes = append(licenseInUse(use), p.Flashes...)
	return h.render(c, http.StatusConflict, views.LicenseShow(p), nil)
}

// licenseInUse says what keeps a license from being deleted.
func licenseInUse(use *store.InUseError) []views.Flash {
	var named []views.Link
	for _, r := range use.Reports {
		named = append(named, views.Link{Label: r.Name, URL: views.ReportURL(r.ID)})
	}
	return views.LicenseInUse(use.License.ID, use.License.Name, use.ReportsN, use.Resources, named)
}
