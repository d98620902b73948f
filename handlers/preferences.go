package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/views"
)

// preferencesForm is the dialog over a list, which behind reads.
func (h *Console) preferencesForm(c echo.Context, l views.List, columns []views.ListColumn, behind func() (views.Page, templ.Component, error)) error {
	p := views.ListPreferencesPage{List: l, Columns: columns}
	if err := h.preferred(c, &p.List); err != nil {
		return err
	}
	if IsFragment(c) {
		p.Page = h.BarePage(c)
		return h.render(c, http.StatusOK, nil, views.ListPreferencesDialog(p))
	}
	var err error
	if p.Page, p.Behind, err = behind(); err != nil {
		return err
	}
	p.Title = "Preferences"
	return h.render(c, http.StatusOK, views.ListPreferences(p), nil)
}

// noColumn is kept where all columns are left out.
const noColumn = "-"

// setPreferences keeps what was chosen for the list at path.
func (h *Console) setPreferences(c echo.Context, path string, columns []views.ListColumn) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	p := store.ListPreferences{
		UserID: CurrentUser(c).ID, List: strings.TrimPrefix(path, "/"), Columns: noColumn,
		Compact: fields.Get("compact") == "true", OneLine: fields.Get("wrap") != "true",
	}
	var shown []string
	for _, column := range columns {
		if slices.Contains(fields["column"], column.Key) {
			shown = append(shown, column.Key)
		}
	}
	if len(shown) > 0 {
		p.Columns = strings.Join(shown, ",")
	}
	if size, err := strconv.Atoi(fields.Get("page_size")); err == nil && slices.Contains(views.PageSizes(), size) {
		p.PageSize = size
	}
	if err := h.store.SetListPreferences(c.Request().Context(), p); err != nil {
		return err
	}
	return h.redirect(c, localPath(fields.Get("next"), path))
}

// PreferencesForm is GET /usage-reports/preferences.
func (h Reports) PreferencesForm(c echo.Context) error {
	return h.preferencesForm(c, readReportList(c), views.ReportColumns(), func() (views.Page, templ.Component, error) {
		p, err := h.list(c)
		return p.Page, views.ReportsContent(p), err
	})
}

// SetPreferences is POST /usage-reports/preferences.
func (h Reports) SetPreferences(c echo.Context) error {
	return h.setPreferences(c, reportsPath, views.ReportColumns())
}

// PreferencesForm is GET /self-managed-licenses/preferences.
func (h Licenses) PreferencesForm(c echo.Context) error {
	return h.preferencesForm(c, readLicenseList(c), views.LicenseColumns(), func() (views.Page, templ.Component, error) {
		p, err := h.list(c)
		return p.Page, views.LicensesBox(p), err
	})
}

// SetPreferences is POST /self-managed-licenses/preferences.
func (h Licenses) SetPreferences(c echo.Context) error {
	return h.setPreferences(c, licensesPath, views.LicenseColumns())
}

// PreferencesForm is GET /tracked-resources/preferences.
func (h Resources) PreferencesForm(c echo.Context) error {
	return h.preferencesForm(c, readTracked(c), views.ResourceColumns(), func() (views.Page, templ.Component, error) {
		p, err := h.list(c)
		return p.Page, views.ResourcesBox(p), err
	})
}

// SetPreferences is POST /tracked-resources/preferences.
func (h Resources) SetPreferences(c echo.Context) error {
	return h.setPreferences(c, resourcesPath, views.ResourceColumns())
}
