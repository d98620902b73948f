package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"license-manager/store/usage"
	"license-manager/views"
)

// previewRows is how many resources a preview shows.
const previewRows = 10

// preview adds to the form how the files of r would begin, or what is wrong
// with its fields. It returns the status of the page.
func (h Reports) preview(c echo.Context, p *views.ReportFormPage, r usage.Report) (int, error) {
	previews, err := h.store.PreviewReport(c.Request().Context(), r, h.now(), previewRows)
	var wrong usage.FieldErrors
	if errors.As(err, &wrong) {
		p.Form.Errors = p.Form.FieldErrors(wrong)
		return http.StatusUnprocessableEntity, nil
	}
	p.Previews = previews
	return http.StatusOK, err
}
