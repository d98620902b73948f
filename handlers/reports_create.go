package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/sample"
	"license-manager/store/usage"
	"license-manager/views"
)

// CreateForm is GET /usage-reports/create. It takes a license to begin with,
// or a report to be similar to. As a fragment it answers a change in the form.
func (h Reports) CreateForm(c echo.Context) error {
	if IsFragment(c) {
		return h.render(c, http.StatusOK, changed(c, views.ReportFormPage{}), nil)
	}
	if fields := h.takeDraft(c); fields != nil {
		return h.createPage(c, http.StatusOK, views.ReportFormPage{Form: readReport(fields)})
	}
	typed := views.ReportForm{Frequency: string(usage.Every24Hours), License: c.QueryParam("license")}
	for _, t := range usage.AllReportTypes() {
		typed.Types = append(typed.Types, string(t))
	}
	if from := c.QueryParam("from"); usage.IsReportID(from) {
		similar, err := h.similar(c.Request().Context(), from)
		switch {
		case err == nil:
			typed = similar
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
	}
	typed.Token = usage.NewToken()
	return h.createPage(c, http.StatusOK, views.ReportFormPage{Form: typed})
}

// similar fills the form with another report under a name of its own; that of
// a deleted one is free, mostly. What is similar to a sample is none.
func (h Reports) similar(ctx context.Context, id string) (views.ReportForm, error) {
	r, err := h.store.Report(ctx, id)
	suffix := " copy"
	switch {
	case errors.Is(err, store.ErrDeleted):
		suffix = ""
	case err != nil:
		return views.ReportForm{}, err
	}
	if r.Name, err = h.store.FreeReportName(ctx, r.Name, suffix); err != nil {
		return views.ReportForm{}, err
	}
	r.Tags = slices.DeleteFunc(r.Tags, func(t usage.Tag) bool { return t == sample.Tag() })
	typed := newReportForm(r)
	typed.Version = ""
	return typed, nil
}

func (h Reports) createPage(c echo.Context, status int, p views.ReportFormPage) error {
	p.Typed = isTyped(c)
	if err := h.formChoices(c.Request().Context(), &p, ""); err != nil {
		return err
	}
	var err error
	if p.Page, err = h.Page(c, "Create usage report", views.SectionReports, reportsCrumb(), views.Crumb{Label: "Create usage report"}); err != nil {
		return err
	}
	return h.render(c, status, views.ReportCreate(p), nil)
}

// Create is POST /usage-reports.
func (h Reports) Create(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	intent, p := fields.Get("intent"), views.ReportFormPage{Form: readReport(fields)}
	if editTags(&p.Form.Tags, intent) {
		return h.createPage(c, http.StatusOK, p)
	}
	p.Form.Tags = filledTags(p.Form.Tags)
	r := parseReport(p.Form)
	if intent == checkIntent {
		if err := h.check(c, &p, r, ""); err != nil {
			return err
		}
		return h.createPage(c, http.StatusOK, p)
	}
	if intent == "preview" {
		status, err := h.preview(c, &p, r)
		if err != nil {
			return err
		}
		return h.createPage(c, status, p)
	}
	r.CreationToken = creationToken(fields)
	r, err = h.store.CreateReport(c.Request().Context(), h.act(c), r)
	var wrong usage.FieldErrors
	switch {
	case errors.As(err, &wrong):
		p.Form.Errors = p.Form.FieldErrors(wrong)
		return h.createPage(c, http.StatusUnprocessableEntity, p)
	case err != nil:
		return err
	}
	return h.redirect(c, views.ReportURL(r.ID), h.created(c, r))
}

// checkIntent asks a form what is wrong with its fields by now. Nothing is saved.
const checkIntent = "check"

// check notes what is wrong with the fields of a form. KeepLicense is the license
// of the report that is edited.
func (h Reports) check(c echo.Context, p *views.ReportFormPage, r usage.Report, keepLicense string) error {
	err := h.store.CheckReport(c.Request().Context(), r, keepLicense)
	var wrong usage.FieldErrors
	if errors.As(err, &wrong) {
		p.Form.Errors, err = p.Form.FieldErrors(wrong), nil
	}
	return err
}

// bucketWait is how long a new report waits for S3 to answer.
const bucketWait = 10 * time.Second

// created makes sure that there is a bucket, sends the publisher to work, and
// says what became of it.
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
		flash := views.Flash{Kind: views.KindSuccess, Title: "Successfully created usage report " + r.Name + ".", Text: "The first report is published within 60 minutes."}
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
