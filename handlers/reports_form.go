package handlers

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"license-manager/store/usage"
	"license-manager/views"
)

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

// changed is what follows from a change in the form: where files go under
// another name, or how many there will be of other types.
func changed(c echo.Context, p views.ReportFormPage) templ.Component {
	p.Form = readReport(c.QueryParams())
	if c.QueryParams().Has("name") {
		return views.RenameNotice(p)
	}
	return views.FrequencyChoice(p)
}
