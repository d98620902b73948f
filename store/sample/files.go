package sample

import (
	"bytes"
	"strings"
	"time"

	"license-manager/store/usage"
)

// Object is a file of the estate for the bucket.
type Object struct {
	Type      usage.ReportType
	ReportARN string
	Key       string
	Content   []byte
}

// Render renders every file of the history as it would have been published
// at its time, for a bucket, and fills in the figures of the files.
func (e *Estate) Render(bucket string) []Object {
	var objects []Object
	for i := range e.Reports {
		r := &e.Reports[i]
		var before *usage.File
		var resources []byte // of the file before
		for j := range r.Runs {
			for k := range r.Runs[j].Files {
				f := &r.Runs[j].Files[k]
				content := e.render(r.Report, r.Runs[j].ScheduledFor, f)
				f.Bucket, f.Size = bucket, int64(len(content))
				objects = append(objects, Object{f.Type, r.ARN, f.Key, content})
				if f.Type == usage.ResourceUsage {
					compare(before, f, resources, content)
					before, resources = f, content
				}
			}
		}
	}
	return objects
}

// compare tells how the resources of a file differ from those of the one
// before, which the first file does not have.
func compare(before, f *usage.File, earlier, later []byte) {
	if before == nil {
		return
	}
	count, err := usage.CompareUsage(bytes.NewReader(earlier), bytes.NewReader(later), func(usage.Difference) error { return nil })
	if err == nil {
		f.SetDifference(*before, count)
	}
}

// render renders a file from what the estate was at a moment.
func (e *Estate) render(r usage.Report, at time.Time, f *usage.File) []byte {
	s := usage.Snapshot{Report: r, License: e.license(r.LicenseID), Consumption: e.Consumption(r.LicenseID, at), GeneratedAt: at}
	f.Consumed, f.LicenseCount = s.Consumption.Consumed(), s.License.Count
	id := strings.TrimSuffix(usage.FileName(f.Key), ".csv")
	if f.Type == usage.Summary {
		f.Rows = 1
		return usage.AppendSummary(nil, s, id)
	}
	content, prefix := usage.ResourceUsageHeader(), usage.AppendResourceUsagePrefix(nil, s, id)
	for _, u := range e.past {
		if u.LicenseID == r.LicenseID && u.at(at) {
			content = append(append(content, prefix...), u.Line...)
			f.Rows++
		}
	}
	return content
}

// license returns the license with that id; every report has one.
func (e *Estate) license(id string) usage.License {
	for _, l := range e.Licenses {
		if l.ID == id {
			return l
		}
	}
	return usage.License{}
}
