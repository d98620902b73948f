package publish_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"license-manager/store/inventory"
	"license-manager/store/usage"
)

func (r *rig) importResources(n int) {
	r.t.Helper()
	var file bytes.Buffer
	file.WriteString("resource_id,resource_type,resource_owner_id,vcpus,license\n")
	for i := range n {
		fmt.Fprintf(&file, "i-%06d,EC2_INSTANCE,012345678901,1,%s\n", n-i, r.license.ID)
	}
	r.importFile("", file.String())
}

// importFile imports as the command line does.
func (r *rig) importFile(license, file string) {
	r.t.Helper()
	im := inventory.New(r.store, inventory.Options{})
	if _, err := im.ImportFile(r.t.Context(), r.act(), inventory.Source{Name: "resources.csv", License: license}, strings.NewReader(file)); err != nil {
		r.t.Fatal(err)
	}
}

func cell(t *testing.T, file, column string, row int) string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range records[0] {
		if name == column {
			return records[row][i]
		}
	}
	t.Fatalf("no column %s", column)
	return ""
}

func TestCreatedReportIsPublished(t *testing.T) {
	t.Parallel()
	each(t, func(r *rig) {
		r.importResources(5)
		report := r.create("oracle-ee", usage.AllReportTypes()...)
		r.publishDue(1)
		rows := r.history(report)
		if len(rows) != 2 {
			t.Fatalf("%d files", len(rows))
		}
		detail, summary := rows[0].File, rows[1].File
		if summary.Key != usage.Key("oracle-ee", r.clock(), usage.Summary, rows[0].Run.ID) {
			t.Errorf("key %s", summary.Key)
		}
		text := r.read(summary)
		if got := cell(t, text, "consumed_licenses", 1); got != "5" {
			t.Errorf("consumed %s", got)
		}
		if got := cell(t, text, "license_name", 1); got != "'=Oracle, EE" {
			t.Errorf("license name %s", got)
		}
		text = r.read(detail)
		if got := cell(t, text, "resource_id", 5); got != "i-000005" || detail.Rows != 5 {
			t.Errorf("last resource %s, %d rows", got, detail.Rows)
		}
		if got := r.report(report.ID); got.Status != usage.ReportSucceeded || got.LastReportAt == nil {
			t.Errorf("report %+v", got)
		}
	})
}
