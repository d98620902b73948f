package usage

import (
	"strings"
	"time"
)

// ReportsPrefix is the folder of the bucket under which all usage reports are.
const ReportsPrefix = "Reports/"

// Folder returns the prefix of the files of the usage report with that name.
func Folder(reportName string) string { return ReportsPrefix + reportName + "/" }

// ReportFileID returns the report ID of a file: sortable by time, telling its
// type, fixed when the run is created, so that a repeated run writes the same
// key.
func ReportFileID(scheduledFor time.Time, t ReportType, runID string) string {
	return scheduledFor.UTC().Format("20060102T150405Z") + "-" + string(t) + "-" + runID
}

// Key returns the key of a file in the bucket:
// Reports/<usage-report-name>/<yyyy>/<mm>/<dd>/<report-id>.csv, the date in
// UTC of the moment for which the run was scheduled.
func Key(reportName string, scheduledFor time.Time, t ReportType, runID string) string {
	return Folder(reportName) + scheduledFor.UTC().Format("2006/01/02/") + ReportFileID(scheduledFor, t, runID) + ".csv"
}

// ObjectMetadata is what the object of a file says of it.
func ObjectMetadata(t ReportType, reportARN string) map[string]string {
	return map[string]string{"report-type": string(t), "usage-report-arn": reportARN, "schema-version": SchemaVersion}
}

// FileName returns the last part of a key.
func FileName(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }
