package usage

import "strconv"

// ResourceUsageColumns returns the columns of the resource usage report,
// schema version 1. The first PrefixColumns of them are the same in every row
// of a file; the rest belongs to the resource and is rendered on write.
func ResourceUsageColumns() []string {
	return []string{
		"report_id", "usage_report_name", "generated_at", "license_configuration_arn", "license_configuration_id",
		"license_name", "license_counting_type",
		"resource_arn", "resource_id", "resource_type", "resource_status", "resource_owner_id", "region", "platform",
		"instance_type", "consumed_licenses", "association_time",
	}
}

// ResourceUsageHeader returns the header line of a resource usage report.
func ResourceUsageHeader() []byte { return header(ResourceUsageColumns()) }

// AppendResourceUsagePrefix appends the part that every row of a file begins
// with, up to and with the comma before the resource's own part.
func AppendResourceUsagePrefix(dst []byte, s Snapshot, reportFileID string) []byte {
	dst = append(AppendText(dst, reportFileID), ',')
	dst = append(AppendText(dst, s.Report.Name), ',')
	dst = append(appendTime(dst, s.GeneratedAt), ',')
	dst = append(AppendText(dst, s.License.ARN), ',')
	dst = append(AppendText(dst, s.License.ID), ',')
	dst = append(AppendText(dst, s.License.Name), ',')
	return append(AppendText(dst, string(s.License.CountingType)), ',')
}

// AppendResourceLine appends the part of a row that belongs to the resource
// and its association, with its line feed. It is the only place that formats
// it: the line is stored beside the association and renewed with every write
// of either, so that publishing reads one column.
func AppendResourceLine(dst []byte, r Resource, a Association) []byte {
	dst = append(AppendText(dst, r.ARN), ',')
	dst = append(AppendText(dst, r.ID), ',')
	dst = append(AppendText(dst, string(r.Type)), ',')
	dst = append(AppendText(dst, r.Status), ',')
	dst = append(AppendText(dst, r.OwnerAccountID), ',')
	dst = append(AppendText(dst, r.Region), ',')
	dst = append(AppendText(dst, r.Platform), ',')
	dst = append(AppendText(dst, r.InstanceType), ',')
	dst = append(strconv.AppendInt(dst, a.Consumed, 10), ',')
	return append(appendTime(dst, a.AssociatedAt), '\n')
}
