package handlers

import (
	"context"
	"errors"
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
	p := views.LicenseFormPage{Form: views.LicenseForm{CountingType: usage.CountVCPU, Token: usage.NewToken()}}
	return h.open(c, h.form(c, usage.License{}, &p, nil))
}

// Create is POST /self-managed-licenses.
func (h Licenses) Create(c echo.Context) error {
	save := func(ctx context.Context, l usage.License) (string, views.Flash, error) {
		l, err := h.store.CreateLicense(ctx, h.act(c), l)
		return licensePath(l.ID), licenseDone("created", l.Name), err
	}
	return h.submit(c, h.form(c, usage.License{}, &views.LicenseFormPage{}, save))
}

// EditForm is GET /self-managed-licenses/:id/edit.
func (h Licenses) EditForm(c echo.Context) error {
	l, err := h.store.License(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	return h.open(c, h.form(c, l, &views.LicenseFormPage{Form: views.NewLicenseForm(l)}, nil))
}

// Update is POST /self-managed-licenses/:id/edit.
func (h Licenses) Update(c echo.Context) error {
	l, err := h.store.License(c.Request().Context(), c.Param("id"))
	if err != nil {
		return err
	}
	save := func(ctx context.Context, l usage.License) (string, views.Flash, error) {
		err := h.store.UpdateLicense(ctx, h.act(c), l)
		if errors.Is(err, store.ErrUnchanged) {
			return licensePath(l.ID), unchangedFlash(), nil
		}
		return licensePath(l.ID), licenseDone("updated", l.Name), err
	}
	return h.submit(c, h.form(c, l, &views.LicenseFormPage{}, save))
}

// saveLicense stores a license, and returns where to go on and what to say there.
type saveLicense func(context.Context, usage.License) (next string, done views.Flash, err error)

// form is the form of the stored license, or of a new one.
func (h Licenses) form(c echo.Context, stored usage.License, p *views.LicenseFormPage, save saveLicense) submission {
	token := ""
	typed := func() (usage.License, error) {
		l, unread := parseLicense(p.Form)
		l.ID, l.CreationToken = stored.ID, token
		if len(unread) > 0 {
			return l, append(unread, l.Validate()...)
		}
		return l, nil
	}
	return submission{
		read: func(fields url.Values) {
			p.Form, token = readLicense(fields), creationToken(fields)
			if stored.ID != "" { // the counting type is fixed
				p.Form.CountingType = stored.CountingType
			}
		},
		tags: &p.Form.Tags,
		asks: map[string]func(context.Context) error{
			checkIntent: func(ctx context.Context) error {
				l, err := typed()
				if err != nil {
					return err
				}
				return h.store.CheckLicense(ctx, l)
			},
			"counting-type": func(context.Context) error { return nil }, // shows the rules of the chosen type
		},
		save: func(ctx context.Context) (string, views.Flash, error) {
			l, err := typed()
			if err != nil {
				return "", views.Flash{}, err
			}
			return save(ctx, l)
		},
		reload: func(ctx context.Context) (err error) {
			stored, err = h.store.License(ctx, stored.ID)
			p.Form.Version, p.Conflict = strconv.FormatInt(stored.Version, 10), &stored
			return err
		},
		show: func(status int, wrong usage.FieldErrors) error {
			p.Errors = p.Form.FieldErrors(wrong)
			return h.formPage(c, status, stored, p)
		},
	}
}

func (h Licenses) formPage(c echo.Context, status int, stored usage.License, p *views.LicenseFormPage) (err error) {
	p.ID, p.Typed = stored.ID, isTyped(c)
	title, crumbs, view := "Create self-managed license", []views.Crumb{{Label: "Create self-managed license"}}, views.LicenseCreate
	if p.ID != "" {
		title, crumbs, view = "Edit "+stored.Name, []views.Crumb{{Label: stored.Name, URL: licensePath(p.ID)}, {Label: "Edit"}}, views.LicenseEdit
	}
	if p.Page, err = h.Page(c, title, views.SectionLicenses, append([]views.Crumb{licensesCrumb()}, crumbs...)...); err != nil {
		return err
	}
	return h.render(c, status, view(*p), nil)
}

// licenseDone is the flash after an action: "created", "deleted".
func licenseDone(action, name string) views.Flash {
	return views.Flash{Kind: views.KindSuccess, Title: "Successfully " + action + " self-managed license " + name + "."}
}

// readLicense takes what was typed.
func readLicense(fields url.Values) views.LicenseForm {
	f := views.LicenseForm{
		Name:         fields.Get("name"),
		Description:  multiline(fields.Get("description")),
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
	l := usage.License{Name: f.Name, Description: f.Description, CountingType: f.CountingType, HardLimit: f.HardLimit, Tags: f.Tags}
	l.Version, _ = strconv.ParseInt(f.Version, 10, 64) // a text that is no number is not the stored version
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
	return l, errs
}

// isChecked reads a box as browsers and scripts post it.
func isChecked(value string) bool {
	return slices.Contains([]string{"true", "True", "on", "1"}, value)
}
