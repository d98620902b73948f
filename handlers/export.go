package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
)

// csvDownload is an answer that becomes a file with its first byte. Until then
// it can be an error page.
type csvDownload struct {
	c    echo.Context
	name string
}

// Write sends a part of the file.
func (d *csvDownload) Write(p []byte) (int, error) {
	w := d.c.Response()
	if !w.Committed {
		w.Header().Set(echo.HeaderContentType, usage.ContentType)
		w.Header().Set(echo.HeaderContentDisposition, attachment(d.name))
		w.Header().Set(echo.HeaderCacheControl, "private, no-store")
		w.WriteHeader(http.StatusOK)
	}
	if d.c.Request().Method == http.MethodHead {
		return len(p), nil
	}
	return w.Write(p)
}

// errEnough ends the reading of rows of which no more is needed.
var errEnough = errors.New("no more rows are needed")

// newExport begins a CSV file of a whole list. Nothing is sent before the
// first rows are read.
func newExport(c echo.Context, name string, columns ...string) *usage.Table {
	return usage.NewTable(&csvDownload{c: c, name: name}, columns...)
}

// sendRows sends a batch. That is enough for a HEAD request.
func sendRows[T any](c echo.Context, t *usage.Table, add func(*usage.Table, T)) func([]T) error {
	return func(rows []T) error {
		for _, row := range rows {
			add(t, row)
			t.End()
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if c.Request().Method == http.MethodHead {
			return errEnough
		}
		return nil
	}
}

// sent leaves out that a HEAD request was over early.
func sent(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// Export is GET /usage-reports.csv: all rows that the list has with the same
// query, in the same order.
func (h Reports) Export(c echo.Context) error {
	t := newExport(c, "usage-reports.csv", "usage_report_id", "usage_report_name", "usage_report_arn", "description", "status", "failure",
		"license_configuration_id", "license_name", "report_types", "frequency", "last_report_at", "next_report_at", "s3_prefix",
		"created_at", "created_by", "updated_at", "updated_by", "tags")
	now := h.now()
	add := func(t *usage.Table, r store.ReportRow) {
		for _, text := range []string{
			r.ID, r.Name, r.ARN, r.Description, string(r.StatusAt(now)), r.Failure, r.LicenseID, r.LicenseName, typeNames(r.Types), string(r.Frequency),
		} {
			t.Text(text)
		}
		t.OptionalTime(r.LastReportAt)
		t.OptionalTime(r.NextRunAt)
		t.Text(r.Folder())
		t.Time(r.CreatedAt)
		t.Text(r.CreatedBy)
		t.Time(r.UpdatedAt)
		t.Text(r.UpdatedBy)
		t.Tags(r.Tags)
	}
	return sent(h.store.EachReport(c.Request().Context(), h.reportQuery(readReportList(c)), sendRows(c, t, add)))
}

func typeNames(types usage.ReportTypes) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, ";")
}

// Export is GET /self-managed-licenses.csv.
func (h Licenses) Export(c echo.Context) error {
	t := newExport(c, "self-managed-licenses.csv", "license_configuration_id", "license_name", "license_configuration_arn", "license_description",
		"status", "license_counting_type", "license_count", "license_count_hard_limit", "consumed_licenses", "limit_exceeded", "associated_resources",
		"usage_reports", "license_rules", "license_expiry", "owner_account_id", "created_at", "created_by", "updated_at", "updated_by", "tags")
	add := func(t *usage.Table, l store.LicenseRow) {
		for _, text := range []string{l.ID, l.Name, l.ARN, l.Description, string(l.Status), string(l.CountingType)} {
			t.Text(text)
		}
		t.OptionalNumber(l.Count)
		t.Bool(l.HardLimit)
		t.Number(l.Consumed)
		t.Bool(l.OverLimit(l.Consumed))
		t.Number(l.Associated)
		t.Number(l.Reports)
		t.Text(l.Rules.String())
		t.OptionalTime(l.ExpiresAt)
		t.Text(l.OwnerAccountID)
		t.Time(l.CreatedAt)
		t.Text(l.CreatedBy)
		t.Time(l.UpdatedAt)
		t.Text(l.UpdatedBy)
		t.Tags(l.Tags)
	}
	return sent(h.store.EachLicense(c.Request().Context(), h.licenseQuery(readLicenseList(c)), sendRows(c, t, add)))
}

// Export is GET /tracked-resources.csv. Resources of other accounts are in it
// where the list has them.
func (h Resources) Export(c echo.Context) error {
	q := trackedQuery(readTracked(c))
	if _, err := h.scope(c.Request().Context(), &q); err != nil {
		return err
	}
	t := newExport(c, "tracked-resources.csv", "resource_id", "resource_arn", "resource_type", "resource_status", "resource_owner_id", "region",
		"platform", "instance_type", "tenancy", "vcpus", "cores", "sockets", "threads_per_core",
		"license_configuration_id", "license_name", "licenses", "consumed_licenses", "association_time")
	return sent(h.store.EachResource(c.Request().Context(), q, sendRows(c, t, exportResource)))
}

func exportResource(t *usage.Table, r store.ResourceRow) {
	for _, text := range []string{
		r.ID, r.ARN, string(r.Type), r.Resource.Status, r.OwnerAccountID, r.Region, r.Platform, r.InstanceType, r.Tenancy,
	} {
		t.Text(text)
	}
	for _, n := range []*int64{r.VCPUs, r.Cores, r.Sockets, r.ThreadsPerCore} {
		t.OptionalNumber(n)
	}
	t.Text(r.LicenseID)
	t.Text(r.LicenseName)
	t.Number(r.Licenses)
	t.Number(r.Consumed)
	t.OptionalTime(r.AssociatedAt)
}
