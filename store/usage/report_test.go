package usage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// daily is a report with nothing wrong.
func daily() usage.Report {
	return usage.Report{
		ID: "r-0123456789abcdef0123456789abcdef", ARN: "arn:aws:license-manager:us-east-1:000123456789:report-generator:r-0123456789abcdef0123456789abcdef",
		Name: "oracle-ee-daily", Description: "for the auditors\nof the group", LicenseID: "lic-0123456789abcdef0123456789abcdef",
		Types: usage.AllReportTypes(), Frequency: usage.Every24Hours, Tags: []usage.Tag{{Key: "team", Value: "licensing"}},
	}
}

func TestReportValidate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*usage.Report)
		want usage.FieldErrors
	}{
		"good":                     {func(*usage.Report) {}, nil},
		"name":                     {func(r *usage.Report) { r.Name = "a/b" }, usage.FieldErrors{{"name", "Name has characters that aren’t valid: /" + nameAllowed}}},
		"no description":           {func(r *usage.Report) { r.Description = "" }, nil},
		"longest description":      {func(r *usage.Report) { r.Description = strings.Repeat("é", 400) }, nil},
		"description too long":     {func(r *usage.Report) { r.Description = strings.Repeat("é", 401) }, usage.FieldErrors{{"description", "Description must be 400 characters or fewer. You entered 401."}}},
		"description with tab":     {func(r *usage.Report) { r.Description = "a\tb" }, nil},
		"description with formula": {func(r *usage.Report) { r.Description = "=cmd()" }, nil},
		"description with control": {func(r *usage.Report) { r.Description = "a\x1b[31m" }, usage.FieldErrors{{"description", "Description has characters that can’t be shown."}}},
		"description not UTF-8":    {func(r *usage.Report) { r.Description = "a\xff" }, usage.FieldErrors{{"description", "Description has characters that can’t be shown."}}},
		"no license":               {func(r *usage.Report) { r.LicenseID = "" }, usage.FieldErrors{{"license", "Choose a self-managed license."}}},
		"one type":                 {func(r *usage.Report) { r.Types = usage.ReportTypes{usage.ResourceUsage} }, nil},
		"no type":                  {func(r *usage.Report) { r.Types = nil }, usage.FieldErrors{{"type", "Choose at least one report type."}}},
		"unknown type": {func(r *usage.Report) { r.Types = usage.ReportTypes{usage.Summary, "all"} }, usage.FieldErrors{
			{"type", "Choose the summary report, the resource usage report, or both."},
		}},
		"type twice": {func(r *usage.Report) { r.Types = usage.ReportTypes{usage.Summary, usage.Summary} }, usage.FieldErrors{
			{"type", "Choose the summary report, the resource usage report, or both."},
		}},
		"no frequency":      {func(r *usage.Report) { r.Frequency = "" }, usage.FieldErrors{{"frequency", "Choose a frequency."}}},
		"unknown frequency": {func(r *usage.Report) { r.Frequency = "1h" }, usage.FieldErrors{{"frequency", "Choose a frequency."}}},
		"tags": {func(r *usage.Report) { r.Tags = []usage.Tag{{"aws:a", ""}, {"b", "<"}} }, usage.FieldErrors{
			{"tag_key.0", "Key can’t start with “aws:”."}, {"tag_value.1", tagCharacters},
		}},
		"nothing": {func(r *usage.Report) { *r = usage.Report{} }, usage.FieldErrors{
			{"name", "Name is required."}, {"license", "Choose a self-managed license."}, {"type", "Choose at least one report type."}, {"frequency", "Choose a frequency."},
		}},
	} {
		r := daily()
		c.edit(&r)
		if diff := cmp.Diff(c.want, r.Validate()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReportStatusAt(t *testing.T) {
	t.Parallel()
	now := at("2026-11-24T04:00:00Z")
	in := func(d time.Duration) *time.Time { next := now.Add(d); return &next }
	for _, c := range []struct {
		status usage.ReportStatus
		next   *time.Time
		want   usage.ReportStatus
	}{
		{usage.ReportSucceeded, in(time.Hour), usage.ReportSucceeded},
		{usage.ReportSucceeded, in(-time.Hour), usage.ReportSucceeded}, // an hour late is not yet overdue
		{usage.ReportSucceeded, in(-time.Hour - time.Microsecond), usage.ReportOverdue},
		{usage.ReportPending, in(-2 * time.Hour), usage.ReportOverdue},
		{usage.ReportFailed, in(-2 * time.Hour), usage.ReportOverdue},
		{usage.ReportFailed, in(time.Minute), usage.ReportFailed},
		{usage.ReportInProgress, in(-2 * time.Hour), usage.ReportInProgress},
		{usage.ReportPaused, in(-2 * time.Hour), usage.ReportPaused},
		{usage.ReportPaused, nil, usage.ReportPaused},
		{usage.ReportSucceeded, nil, usage.ReportSucceeded},
	} {
		if got := (usage.Report{Status: c.status, NextRunAt: c.next}).StatusAt(now); got != c.want {
			t.Errorf("%s, next %v: %s", c.status, c.next, got)
		}
	}
}

func TestReportState(t *testing.T) {
	t.Parallel()
	when := at("2026-11-24T04:00:00Z")
	if (usage.Report{Version: 1}).Edited() || !(usage.Report{Version: 2}).Edited() {
		t.Error("a report is edited from its second version on")
	}
	if (usage.Report{}).Deleted() || !(usage.Report{DeletedAt: &when}).Deleted() {
		t.Error("a report is deleted once it has a time of deletion")
	}
}

func TestReportTypesStored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		types usage.ReportTypes
		bits  int64
		want  usage.ReportTypes
	}{
		{nil, 0, nil},
		{usage.ReportTypes{usage.Summary}, 1, usage.ReportTypes{usage.Summary}},
		{usage.ReportTypes{usage.ResourceUsage}, 2, usage.ReportTypes{usage.ResourceUsage}},
		{usage.ReportTypes{usage.ResourceUsage, usage.Summary}, 3, usage.AllReportTypes()},
	} {
		bits, err := c.types.Value()
		if bits != c.bits || err != nil {
			t.Errorf("%v is stored as %v, %v", c.types, bits, err)
		}
		got := usage.AllReportTypes()
		if err := got.Scan(bits); err != nil || cmp.Diff(c.want, got) != "" {
			t.Errorf("%d is read as %v, %v", bits, got, err)
		}
	}
	var types usage.ReportTypes
	for _, column := range []any{nil, "1", 1.0} {
		if err := types.Scan(column); err == nil {
			t.Errorf("%v is read as %v", column, types)
		}
	}
	if kind := types.GormDataType(); kind != "bigint" {
		t.Errorf("column type %s", kind)
	}
}

func TestReportLabels(t *testing.T) {
	t.Parallel()
	for kind, want := range map[usage.ReportType][2]string{
		usage.Summary:       {"Self-managed license summary report", "Summary"},
		usage.ResourceUsage: {"Resource usage report", "Resource usage"},
		"all":               {"Unknown report type", "Unknown"},
	} {
		if kind.Label() != want[0] || kind.ShortLabel() != want[1] || kind.Valid() != (kind != "all") {
			t.Errorf("%s: %q, %q", kind, kind.Label(), kind.ShortLabel())
		}
	}
	var labels []string
	for _, status := range append(usage.ReportStatuses(), "gone") {
		labels = append(labels, status.Label())
	}
	if diff := cmp.Diff([]string{"Pending", "In progress", "Succeeded", "Failed", "Paused", "Overdue", "Unknown"}, labels); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}
