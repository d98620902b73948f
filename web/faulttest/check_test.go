//go:build nightly

package faulttest_test

import (
	"encoding/csv"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// check looks at everything after a fault: the records, the files that they
// promise, and what must not be left over. Nothing may be under way.
func (w *world) check() {
	w.t.Helper()
	if !w.idle() {
		w.t.Fatalf("something is still under way: %s", w.states())
	}
	w.checkRecords()
	w.checkFiles()
	w.checkLeftovers()
}

// checkRecords wants each slot published once, and nothing held.
func (w *world) checkRecords() {
	w.t.Helper()
	scheduled := map[string]int{}
	for _, r := range w.records() {
		if r.state != "succeeded" || r.failure != "" {
			w.t.Errorf("run %s of %s is %s: %s", r.id, r.reportName, r.state, r.failure)
		}
		if r.lease.Valid || r.next.Valid {
			w.t.Errorf("run %s of %s has succeeded and still has a lease (%v) or another try (%v)", r.id, r.reportName, r.lease, r.next)
		}
		scheduled[r.report]++
		if r.trigger != "scheduled" {
			scheduled[r.report]--
		}
	}
	for report, slots := range scheduled {
		if slots != w.days {
			w.t.Errorf("report %s has runs for %d slots, want %d", report, slots, w.days)
		}
	}
	if n := w.count("SELECT count(*) FROM reports WHERE status <> 'succeeded' OR failure <> ''"); n > 0 {
		w.t.Errorf("%d reports are not shown as succeeded", n)
	}
}

// checkFiles compares what is promised with what is there.
func (w *world) checkFiles() {
	w.t.Helper()
	promised := w.promises()
	there := map[string]int64{}
	for _, bucket := range w.buckets() {
		maps.Copy(there, w.objects(bucket))
		if left := w.unfinished(bucket); len(left) > 0 {
			w.t.Errorf("%d unfinished uploads are left: %q", len(left), left)
		}
	}
	sizes := map[string]int64{}
	client := w.bucketClient()
	for at, p := range promised {
		sizes[at] = p.size
		if !p.published {
			w.t.Errorf("%s is not recorded as published", at)
		} else if _, ok := there[at]; ok {
			w.checkContent(p, w.read(client, p.bucket, p.key))
		}
	}
	if diff := cmp.Diff(sizes, there); diff != "" {
		w.t.Errorf("files with their sizes (-recorded +there):\n%s", diff)
	}
}

// checkContent reads a file as strictly as an auditor would, and compares it
// with its record.
func (w *world) checkContent(p promise, content string) {
	w.t.Helper()
	reader := csv.NewReader(strings.NewReader(content))
	records, err := reader.ReadAll() // every record as long as the header
	if err != nil || len(records) < 2 || !strings.HasSuffix(content, "\n") {
		w.t.Fatalf("%s: %d records, %v", p.key, len(records), err)
	}
	columns := usage.SummaryColumns()
	if p.kind == "resource-usage" {
		columns = usage.ResourceUsageColumns()
	}
	if diff := cmp.Diff(columns, records[0]); diff != "" {
		w.t.Errorf("%s: header (-want +got):\n%s", p.key, diff)
	}
	consumed := int64(0)
	for _, record := range records[1:] {
		n, err := strconv.ParseInt(record[slices.Index(columns, "consumed_licenses")], 10, 64)
		if err != nil || !strings.HasSuffix(p.key, record[0]+".csv") {
			w.t.Fatalf("%s: record %q", p.key, record)
		}
		consumed += n
	}
	if rows := int64(len(records) - 1); rows != p.rows || consumed != p.consumed || consumed == 0 {
		w.t.Errorf("%s: %d rows that consume %d, recorded %d rows and %d", p.key, rows, consumed, p.rows, p.consumed)
	}
}

// checkLeftovers wants no file in the data directory but those that belong
// there.
func (w *world) checkLeftovers() {
	w.t.Helper()
	entries, err := os.ReadDir(w.options.DataDir)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if name != "s3" && name != "console.lock" && !strings.HasPrefix(name, "s3-credentials") && !strings.HasPrefix(name, "license-manager.db") {
			w.t.Errorf("%s is left in the data directory", name)
		}
	}
	err = filepath.WalkDir(filepath.Join(w.filesDir(), ".tmp"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			w.t.Errorf("%s is left of the S3 server", path)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}
