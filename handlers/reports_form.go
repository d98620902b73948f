package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/sample"
	"license-manager/store/usage"
	"license-manager/views"
)

// CreateForm is GET /usage-reports/create. It takes a license to begin with,
// or a report to copy. As a fragment it answers a change in the form.
func (h Reports) CreateForm(c echo.Context) error {
	p := views.ReportFormPage{Form: views.ReportForm{Frequency: string(usage.Every24Hours), License: c.QueryParam("license")}}
	if IsFragment(c) {
		return h.render(c, http.StatusOK, changed(c, p), nil)
	}
	for _, t := range usage.AllReportTypes() {
		p.Form.Types = append(p.Form.Types, string(t))
	}
	if from := c.QueryParam("from"); usage.IsReportID(from) {
		err := h.copyReport(c.Request().Context(), from, &p.Form)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	p.Form.Token = usage.NewToken()
	return h.open(c, h.form(c, usage.Report{}, &p, nil))
}

// copyReport fills the form with another report under a free name. A copy of
// sample data is not sample data.
func (h Reports) copyReport(ctx context.Context, id string, f *views.ReportForm) error {
	r, err := h.store.Report(ctx, id)
	suffix := " copy"
	switch {
	case errors.Is(err, store.ErrDeleted):
		suffix = ""
	case err != nil:
		return err
	}
	if r.Name, err = h.store.FreeReportName(ctx, r.Name, suffix); err != nil {
		return err
	}
	r.Tags = slices.DeleteFunc(r.Tags, func(t usage.Tag) bool { return t == sample.Tag() })
	*f = views.NewReportForm(r)
	f.Version = ""
	return nil
}

// Create is POST /usage-reports.
func (h Reports) Create(c echo.Context) error {
	save := func(ctx context.Context, r usage.Report) (string, views.Flash, error) {
		r, err := h.store.CreateReport(ctx, h.act(c), r)
		if err != nil {
			return "", views.Flash{}, err
		}
		return views.ReportURL(r.ID), h.created(c, r), nil
	}
	return h.submit(c, h.form(c, usage.Report{}, &views.ReportFormPage{}, save))
}

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
	return h.open(c, h.form(c, r, &views.ReportFormPage{Form: views.NewReportForm(r)}, nil))
}

// Update is POST /usage-reports/:id/edit.
func (h Reports) Update(c echo.Context) error {
	stored, err := h.store.Report(c.Request().Context(), c.Param("id"))
	if err != nil {
		return h.orTombstone(c, err)
	}
	save := func(ctx context.Context, r usage.Report) (string, views.Flash, error) {
		err := h.store.UpdateReport(ctx, h.act(c), r)
		switch {
		case errors.Is(err, store.ErrUnchanged):
			return views.ReportURL(r.ID), unchangedFlash(), nil
		case err != nil:
			return "", views.Flash{}, err
		}
		h.nudge("publish")
		done := views.Flash{Kind: views.KindSuccess, Title: "Successfully updated usage report " + r.Name + ".", Text: "A new report is generated within seconds."}
		if stored.Status == usage.ReportPaused {
			done.Text = pausedText
		}
		return views.ReportURL(r.ID), done, nil
	}
	return h.orTombstone(c, h.submit(c, h.form(c, stored, &views.ReportFormPage{}, save)))
}

// previewRows is how many resources a preview shows.
const previewRows = 10

// saveReport stores a report, and returns where to go on and what to say there.
type saveReport func(context.Context, usage.Report) (next string, done views.Flash, err error)

// form is the form of the stored report, or of a new one.
func (h Reports) form(c echo.Context, stored usage.Report, p *views.ReportFormPage, save saveReport) submission {
	token := ""
	typed := func() usage.Report {
		r := parseReport(p.Form)
		r.ID, r.CreationToken = stored.ID, token
		return r
	}
	return submission{
		read: func(fields url.Values) { p.Form, token = readReport(fields), creationToken(fields) },
		tags: &p.Form.Tags,
		asks: map[string]func(context.Context) error{
			checkIntent: func(ctx context.Context) error { return h.store.CheckReport(ctx, typed(), stored.LicenseID) },
			"preview": func(ctx context.Context) (err error) {
				p.Previews, err = h.store.PreviewReport(ctx, typed(), h.now(), previewRows)
				return err
			},
		},
		save: func(ctx context.Context) (string, views.Flash, error) { return save(ctx, typed()) },
		reload: func(ctx context.Context) (err error) {
			stored, err = h.store.Report(ctx, stored.ID)
			p.Form.Version, p.Conflict = strconv.FormatInt(stored.Version, 10), &stored
			return err
		},
		show: func(status int, wrong usage.FieldErrors) error {
			p.Errors = p.Form.FieldErrors(wrong)
			return h.formPage(c, status, stored, p)
		},
	}
}

// formPage shows the form with what it offers.
func (h Reports) formPage(c echo.Context, status int, stored usage.Report, p *views.ReportFormPage) (err error) {
	if err := h.formChoices(c.Request().Context(), p, stored.LicenseID); err != nil {
		return err
	}
	p.ID, p.OldName, p.Typed = stored.ID, stored.Name, isTyped(c)
	title, crumbs, view := "Create usage report", []views.Crumb{{Label: "Create usage report"}}, views.ReportCreate
	if p.ID != "" {
		title, crumbs, view = "Edit "+stored.Name, []views.Crumb{{Label: stored.Name, URL: views.ReportURL(p.ID)}, {Label: "Edit"}}, views.ReportEdit
	}
	if p.Page, err = h.Page(c, title, views.SectionReports, append([]views.Crumb{reportsCrumb()}, crumbs...)...); err != nil {
		return err
	}
	return h.render(c, status, view(*p), nil)
}

// formChoices reads what the form offers: the bucket, and the licenses that may
// be chosen, with the one that the report has already.
func (h Reports) formChoices(ctx context.Context, p *views.ReportFormPage, licenseID string) error {
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return err
	}
	p.Bucket = views.ReportBucket{Name: settings.Bucket, Exists: settings.Bucket != "" && settings.BucketReady}
	rows, err := h.store.LicenseChoices(ctx)
	if err != nil {
		return err
	}
	if licenseID != "" && !slices.ContainsFunc(rows, func(row store.LicenseRow) bool { return row.ID == licenseID }) {
		row, err := h.store.LicenseRow(ctx, licenseID)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	for _, row := range rows {
		p.Licenses = append(p.Licenses, views.LicenseOption(row.License, row.Consumed))
	}
	if len(p.Licenses) == 1 && p.Form.License == "" && len(p.Errors) == 0 {
		p.Form.License = p.Licenses[0].Value
	}
	return nil
}

// readReport takes what was typed.
func readReport(fields url.Values) views.ReportForm {
	return views.ReportForm{
		Name:        fields.Get("name"),
		Description: multiline(fields.Get("description")),
		License:     fields.Get("license"),
		Types:       fields["type"],
		Frequency:   fields.Get("frequency"),
		Tags:        readTags(fields),
		Version:     fields.Get("version"),
		Token:       fields.Get("token"),
	}
}

// parseReport makes a report of what was typed. Unknown values are left out,
// which usage.Report.Validate then finds.
func parseReport(f views.ReportForm) usage.Report {
	r := usage.Report{Name: f.Name, Description: f.Description, Frequency: usage.Frequency(f.Frequency), Tags: f.Tags}
	r.Version, _ = strconv.ParseInt(f.Version, 10, 64) // a text that is no number is not the stored version
	if usage.IsLicenseID(f.License) {
		r.LicenseID = f.License
	}
	for _, t := range usage.AllReportTypes() {
		if slices.Contains(f.Types, string(t)) {
			r.Types = append(r.Types, t)
		}
	}
	return r
}

// changed is what follows from a change in the form: the folder under another
// name, or the number of files of other types.
func changed(c echo.Context, p views.ReportFormPage) templ.Component {
	p.Form = readReport(c.QueryParams())
	if c.QueryParams().Has("name") {
		return views.RenameNotice(p)
	}
	return views.FrequencyChoice(p)
}

// created makes sure that there is a bucket, sends the publisher to work, and
// says what became of it. The report exists even if S3 does not answer.
func (h Reports) created(c echo.Context, r usage.Report) views.Flash {
	ctx, cancel := context.WithTimeout(c.Request().Context(), bucketWait)
	defer cancel()
	name, made, err := h.options.EnsureBucket(ctx, h.act(c))
	h.nudge("publish")
	if err == nil && !made {
		_, err = h.s3.Check(ctx, name)
	}
	failure := bucket.Explain(err)
	if err == nil || failure.Code == "AccessDenied" && !made { // who may write need not be allowed to look
		flash := views.Flash{Kind: views.KindSuccess, Title: "Successfully created usage report " + r.Name + ".", Text: "The first report is published within seconds."}
		if made {
			flash.Text += " License Manager created the S3 bucket " + name + "."
		}
		return flash
	}
	flash := views.Flash{Kind: views.KindWarning, Title: "Created usage report " + r.Name + ", but reports can’t be published yet.", Text: name + ": " + failure.Words}
	if CurrentUser(c).Role.Allows(usage.Administrator) {
		flash.Action = views.Link{Label: "Review settings", URL: string(views.SectionSettings)}
	}
	return flash
}
