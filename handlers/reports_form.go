package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// CreateForm is GET /usage-reports/create. It takes a license to begin with,
// or a report to be similar to. As a fragment it answers a change in the form.
func (h Reports) CreateForm(c echo.Context) error {
	if IsFragment(c) {
		return h.render(c, http.StatusOK, changed(c, views.ReportFormPage{}), nil)
	}
	typed := views.ReportForm{Frequency: string(usage.Every24Hours), License: c.QueryParam("license"), Token: usage.NewToken()}
	for _, t := range usage.AllReportTypes() {
		typed.Types = append(typed.Types, string(t))
	}
	if from := c.QueryParam("from"); usage.IsReportID(from) {
		r, err := h.store.Report(c.Request().Context(), from)
		switch {
		case err == nil: // its name is taken
			typed = newReportForm(r)
			typed.Name = ""
		case errors.Is(err, store.ErrDeleted):
			typed = newReportForm(r)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		typed.Token = usage.NewToken()
	}
	return h.createPage(c, http.StatusOK, typed)
}

// newReportForm fills the form with a stored report.
func newReportForm(r usage.Report) views.ReportForm {
	f := views.ReportForm{
		Name: r.Name, Description: r.Description, License: r.LicenseID, Frequency: string(r.Frequency), Version: strconv.FormatInt(r.Version, 10),
	}
	for _, t := range r.Types {
		f.Types = append(f.Types, string(t))
	}
	for _, tag := range r.Tags {
		f.Tags = append(f.Tags, views.TagRow{Key: tag.Key, Value: tag.Value})
	}
	return f
}

func (h Reports) createPage(c echo.Context, status int, typed views.ReportForm) error {
	p := views.ReportFormPage{Form: typed}
	if err := h.formChoices(c.Request().Context(), &p, ""); err != nil {
		return err
	}
	var err error
	if p.Page, err = h.Page(c, "Create usage report", views.SectionReports, reportsCrumb(), views.Crumb{Label: "Create usage report"}); err != nil {
		return err
	}
	return h.render(c, status, views.ReportCreate(p), nil)
}

// formChoices reads what the form offers: the licenses that may be chosen,
// with the one that the report has already, and the bucket.
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
	for _, row := range rows {
		p.Licenses = append(p.Licenses, views.LicenseOption(row.License, row.Consumed))
	}
	offered := func(id string) bool {
		return slices.ContainsFunc(p.Licenses, func(o views.Option) bool { return o.Value == id })
	}
	if licenseID != "" && !offered(licenseID) {
		row, err := h.store.LicenseRow(ctx, licenseID)
		if err != nil {
			return err
		}
		p.Licenses = append(p.Licenses, views.LicenseOption(row.License, row.Consumed))
	}
	if len(p.Licenses) == 1 && p.Form.License == "" && len(p.Form.Errors) == 0 {
		p.Form.License = p.Licenses[0].Value
	}
	return nil
}

// Create is POST /usage-reports.
func (h Reports) Create(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	typed := readReport(fields)
	if editTags(&typed.Tags, fields.Get("intent")) {
		return h.createPage(c, http.StatusOK, typed)
	}
	typed.Tags = filledTags(typed.Tags)
	r := parseReport(typed)
	r.CreationToken = creationToken(fields)
	r, err = h.store.CreateReport(c.Request().Context(), h.act(c), r)
	var wrong usage.FieldErrors
	switch {
	case errors.As(err, &wrong):
		typed.Errors = typed.FieldErrors(wrong)
		return h.createPage(c, http.StatusUnprocessableEntity, typed)
	case err != nil:
		return err
	}
	return h.redirect(c, views.ReportURL(r.ID), h.created(c, r))
}

// bucketWait is how long a new report waits for S3 to answer.
const bucketWait = 10 * time.Second

// created makes sure that there is a bucket, sends the publisher to work, and
// says what became of it.
func (h Reports) created(c echo.Context, r usage.Report) views.Flash {
	ctx, cancel := context.WithTimeout(c.Request().Context(), bucketWait)
	defer cancel()
	bucket, made, err := h.buckets.Ensure(ctx, h.act(c))
	h.nudge("publish")
	if err == nil && !made {
		_, err = h.buckets.Check(ctx, bucket)
	}
	failure := h.buckets.Explain(err, bucket)
	if err == nil || failure.Code == "AccessDenied" && !made { // who may write need not be allowed to look
		flash := views.Flash{Kind: views.KindSuccess, Title: "Successfully created usage report " + r.Name + ".", Text: "The first report is published within 60 minutes."}
		if made {
			flash.Text += " License Manager created the S3 bucket " + bucket + "."
		}
		return flash
	}
	flash := views.Flash{Kind: views.KindWarning, Title: "Created usage report " + r.Name + ", but reports can’t be published yet.", Text: bucket + ": " + failure.Words}
	if CurrentUser(c).Role.Allows(usage.Administrator) {
		flash.Action = views.Link{Label: "Review settings", URL: string(views.SectionSettings)}
	}
	return flash
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
	return h.editPage(c, http.StatusOK, r, views.ReportFormPage{Form: newReportForm(r)})
}

// changed is what follows from a change in the form: where files go under
// another name, or how many there will be of other types.
func changed(c echo.Context, p views.ReportFormPage) templ.Component {
	p.Form = readReport(c.QueryParams())
	if c.QueryParams().Has("name") {
		return views.RenameNotice(p)
	}
	return views.FrequencyChoice(p)
}

// editPage shows the form of the stored report r.
func (h Reports) editPage(c echo.Context, status int, r usage.Report, p views.ReportFormPage) error {
	p.ID, p.OldName = r.ID, r.Name
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
	typed := readReport(fields)
	if editTags(&typed.Tags, fields.Get("intent")) {
		return h.editPage(c, http.StatusOK, stored, views.ReportFormPage{Form: typed})
	}
	typed.Tags = filledTags(typed.Tags)
	r := parseReport(typed)
	r.ID = stored.ID
	err = h.store.UpdateReport(ctx, h.act(c), r)
	var wrong usage.FieldErrors
	switch {
	case err == nil:
		h.nudge("publish")
		return h.redirect(c, views.ReportURL(r.ID), updatedFlash(r.Name, stored.Status))
	case errors.Is(err, store.ErrStale):
		return h.conflict(c, typed)
	case errors.As(err, &wrong):
		typed.Errors = typed.FieldErrors(wrong)
		return h.editPage(c, http.StatusUnprocessableEntity, stored, views.ReportFormPage{Form: typed})
	}
	return h.orTombstone(c, err)
}

func updatedFlash(name string, status usage.ReportStatus) views.Flash {
	flash := views.Flash{Kind: views.KindSuccess, Title: "Successfully updated usage report " + name + ".", Text: "A new report is generated within an hour."}
	if status == usage.ReportPaused {
		flash.Text = "No reports are generated until you resume it."
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

// readReport takes what was typed, with the line ends of the store.
func readReport(fields url.Values) views.ReportForm {
	return views.ReportForm{
		Name:        fields.Get("name"),
		Description: strings.ReplaceAll(fields.Get("description"), "\r\n", "\n"),
		License:     fields.Get("license"),
		Types:       fields["type"],
		Frequency:   fields.Get("frequency"),
		Tags:        readTags(fields),
		Version:     fields.Get("version"),
		Token:       fields.Get("token"),
	}
}

// parseReport makes a report of what was typed. What is not known is left out,
// which usage.Report.Validate then finds.
func parseReport(f views.ReportForm) usage.Report {
	r := usage.Report{Name: f.Name, Description: f.Description, Frequency: usage.Frequency(f.Frequency)}
	r.Version, _ = strconv.ParseInt(f.Version, 10, 64) // what is no number is not the stored version
	if usage.IsLicenseID(f.License) {
		r.LicenseID = f.License
	}
	for _, t := range usage.AllReportTypes() {
		if slices.Contains(f.Types, string(t)) {
			r.Types = append(r.Types, t)
		}
	}
	for _, tag := range f.Tags {
		r.Tags = append(r.Tags, usage.Tag{Key: tag.Key, Value: tag.Value})
	}
	return r
}
