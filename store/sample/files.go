package sample

import (
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
		for j := range r.Runs {
			for k := range r.Runs[j].Files {
				f := &r.Runs[j].Files[k]
				content := e.render(r.Report, r.Runs[j].ScheduledFor, f)
				f.Bucket, f.Size = bucket, int64(len(content))
				objects = append(objects, Object{f.Type, r.ARN, f.Key, content})
			}
		}
	}
	return objects
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
