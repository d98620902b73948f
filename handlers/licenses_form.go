package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// CreateForm is GET /self-managed-licenses/create.
func (h Licenses) CreateForm(c echo.Context) error {
	if fields := h.takeDraft(c); fields != nil {
		return h.createPage(c, http.StatusOK, readLicense(fields), nil)
	}
	form := views.LicenseForm{CountingType: usage.CountVCPU, Token: usage.NewToken()}
	return h.createPage(c, http.StatusOK, form, nil)
}

func (h Licenses) createPage(c echo.Context, status int, form views.LicenseForm, errs usage.FieldErrors) error {
	const title = "Create self-managed license"
	page, err := h.Page(c, title, views.SectionLicenses, licensesCrumb(), views.Crumb{Label: title})
	if err != nil {
		return err
	}
	p := views.LicenseFormPage{Page: page, Form: form, Errors: form.FieldErrors(errs), Typed: isTyped(c)}
	return h.render(c, status, views.CreateLicense(p), nil)
}

// Create is POST /self-managed-licenses.
func (h Licenses) Create(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	typed, intent := readLicense(fields), fields.Get("intent")
	if intent == "counting-type" || editTags(&typed.Tags, intent) {
		return h.createPage(c, http.StatusOK, typed, nil)
	}
	typed.Tags = filledTags(typed.Tags)
	l, errs := parseLicense(typed)
	if intent == checkIntent {
		if errs, err = h.check(c, l, errs); err != nil {
			return err
		}
		return h.createPage(c, http.StatusOK, typed, errs)
	}
	if len(errs) > 0 {
		return h.createPage(c, http.StatusUnprocessableEntity, typed, append(errs, l.Validate()...))
	}
	l.CreationToken = creationToken(fields)
	l, err = h.store.CreateLicense(c.Request().Context(), h.act(c), l)
	if errors.As(err, &errs) {
		return h.createPage(c, http.StatusUnprocessableEntity, typed, errs)
	}
	if err != nil {
		return err
	}
	return h.redirect(c, licensePath(l.ID), licenseDone("created", l.Name))
}

// check returns what is wrong with a license, unread what could not be parsed.
func (h Licenses) check(c echo.Context, l usage.License, unread usage.FieldErrors) (usage.FieldErrors, error) {
	if len(unread) > 0 {
		return append(unread, l.Validate()...), nil
	}
	err := h.store.CheckLicense(c.Request().Context(), l)
	var wrong usage.FieldErrors
	if errors.As(err, &wrong) {
		return wrong, nil
	}
	return nil, err
}

// EditForm is GET /self-managed-licenses/:id/edit.
func (h Licenses) EditForm(c echo.Context) error {
	l, err := h.store.License(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	if fields := h.takeDraft(c); fields != nil {
		typed := readLicense(fields)
		typed.CountingType = l.CountingType
		return h.editPage(c, http.StatusOK, l, views.LicenseFormPage{Form: typed})
	}
	return h.editPage(c, http.StatusOK, l, views.LicenseFormPage{Form: views.NewLicenseForm(l)})
}

// editPage shows the form of the stored license l.
func (h Licenses) editPage(c echo.Context, status int, l usage.License, p views.LicenseFormPage) error {
	crumbs := []views.Crumb{licensesCrumb(), {Label: l.Name, URL: licensePath(l.ID)}, {Label: "Edit"}}
	page, err := h.Page(c, "Edit "+l.Name, views.SectionLicenses, crumbs...)
	if err != nil {
		return err
	}
	p.Page, p.ID, p.Typed = page, l.ID, isTyped(c)
	return h.render(c, status, views.EditLicense(p), nil)
}

// Update is POST /self-managed-licenses/:id/edit.
func (h Licenses) Update(c echo.Context) error {
	ctx := c.Request().Context()
	fields, err := form(c)
	if err != nil {
		return err
	}
	stored, err := h.store.License(ctx, c.Param("id"))
	if err != nil {
		return err
	}
	typed := readLicense(fields)
	typed.CountingType = stored.CountingType
	if editTags(&typed.Tags, fields.Get("intent")) {
		return h.editPage(c, http.StatusOK, stored, views.LicenseFormPage{Form: typed})
	}
	typed.Tags = filledTags(typed.Tags)
	l, errs := parseLicense(typed)
	l.ID = stored.ID
	if fields.Get("intent") == checkIntent {
		if errs, err = h.check(c, l, errs); err != nil {
			return err
		}
		return h.editPage(c, http.StatusOK, stored, views.LicenseFormPage{Form: typed, Errors: typed.FieldErrors(errs)})
	}
	if len(errs) > 0 {
		errs = append(errs, l.Validate()...)
	} else if err = h.store.UpdateLicense(ctx, h.act(c), l); err == nil {
		return h.redirect(c, licensePath(l.ID), licenseDone("updated", l.Name))
	}
	switch {
	case errors.Is(err, store.ErrStale):
		return h.conflict(c, typed)
	case len(errs) > 0, errors.As(err, &errs):
		return h.editPage(c, http.StatusUnprocessableEntity, stored, views.LicenseFormPage{Form: typed, Errors: typed.FieldErrors(errs)})
	}
	return err
}

// conflict shows what was typed beside what someone else has saved meanwhile.
// Saving once more replaces that.
func (h Licenses) conflict(c echo.Context, typed views.LicenseForm) error {
	current, err := h.store.License(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	typed.Version = strconv.FormatInt(current.Version, 10)
	return h.editPage(c, http.StatusConflict, current, views.LicenseFormPage{Form: typed, Conflict: &current})
}

// licenseDone is the flash after an action: "created", "deleted".
func licenseDone(action, name string) views.Flash {
	return views.Flash{Kind: views.KindSuccess, Title: "Successfully " + action + " self-managed license " + name + "."}
}

// readLicense takes what was typed, with the line ends of the store.
func readLicense(fields url.Values) views.LicenseForm {
	f := views.LicenseForm{
		Name:         fields.Get("name"),
		Description:  strings.ReplaceAll(fields.Get("description"), "\r\n", "\n"),
		CountingType: usage.CountingType(fields.Get("counting_type")),
		Count:        strings.TrimSpace(fields.Get("license_count")),
		HardLimit:    isChecked(fields.Get("hard_limit")),
		Expires:      strings.TrimSpace(fields.Get("expires")),
		Rules:        map[usage.RuleName]string{},
		Tags:         readTags(fields),
		Token:        fields.Get("token"),
		Version:      fields.Get("version"),
	}
	for _, name := range licenseRules() {
		if value := strings.TrimSpace(fields.Get(string(name))); value != "" {
			f.Rules[name] = value
		}
	}
	return f
}

// licenseRules are all rules, in the order in which they are stored.
func licenseRules() []usage.RuleName {
	return []usage.RuleName{
		usage.AllowedTenancy, usage.LicenseAffinityToHost, usage.HonorVCPUOptimization, usage.MinimumVCPUs, usage.MaximumVCPUs,
		usage.MinimumCores, usage.MaximumCores, usage.MinimumSockets, usage.MaximumSockets,
	}
}

// parseLicense makes a license of what was typed. The errors are those of
// texts that are no numbers or dates; the rest is for License.Validate.
func parseLicense(f views.LicenseForm) (usage.License, usage.FieldErrors) {
	var errs usage.FieldErrors
	l := usage.License{Name: f.Name, Description: f.Description, CountingType: f.CountingType, HardLimit: f.HardLimit}
	l.Version, _ = strconv.ParseInt(f.Version, 10, 64) // what is no number is not the stored version
	if f.Count != "" {
		n, problem := usage.ParseCount(f.Count)
		l.Count = &n
		if problem != "" {
			errs.Add("license_count", problem)
		}
	}
	if f.Expires != "" {
		day, err := time.Parse(time.DateOnly, f.Expires)
		l.ExpiresAt = &day
		if err != nil || day.Year() < 1900 {
			errs.Add("expires", "Enter a date, for example 2027-05-31.")
		}
	}
	for _, name := range licenseRules() {
		if value := f.Rules[name]; value != "" {
			l.Rules = append(l.Rules, usage.Rule{Name: name, Value: value})
		}
	}
	l.Rules = l.Rules.Normalized()
	for _, tag := range f.Tags {
		l.Tags = append(l.Tags, usage.Tag{Key: tag.Key, Value: tag.Value})
	}
	return l, errs
}

// isChecked reads a box as browsers and scripts post it.
func isChecked(value string) bool {
	return slices.Contains([]string{"true", "True", "on", "1"}, value)
}

// creationToken is the same for two submits of a form, so that they create one
// thing. Whoever goes back and changes the form first gets another one.
func creationToken(fields url.Values) string {
	if fields.Get("token") == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(fields.Encode()))
	return hex.EncodeToString(sum[:])
}
