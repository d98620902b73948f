package usage

import (
	"strconv"
)

// SummaryColumns returns the columns of the self-managed license summary
// report, schema version 1.
func SummaryColumns() []string {
	return []string{
		"report_id", "usage_report_name", "usage_report_arn", "generated_at", "license_configuration_arn",
		"license_configuration_id", "license_name", "license_description", "license_counting_type", "license_count",
		"license_count_hard_limit", "consumed_licenses", "available_licenses", "consumed_percent", "limit_exceeded",
		"status", "owner_account_id", "license_rules", "license_expiry",
		"consumed_ec2_instance", "consumed_ec2_host", "consumed_rds", "consumed_systems_manager_managed_instance",
		"associated_ec2_instance", "associated_ec2_host", "associated_ec2_ami", "associated_rds",
		"associated_systems_manager_managed_instance",
	}
}

// AppendSummary appends the whole summary file: the header and one row.
func AppendSummary(dst []byte, s Snapshot, reportFileID string) []byte {
	dst = append(dst, header(SummaryColumns())...)
	comma := func() { dst = append(dst, ',') }
	text := func(value string) { dst = AppendText(dst, value); comma() }
	number := func(n int64) { dst = strconv.AppendInt(dst, n, 10); comma() }
	boolean := func(b bool) { dst = strconv.AppendBool(dst, b); comma() }

	consumed := s.Consumption.Consumed()
	text(reportFileID)
	text(s.Report.Name)
	text(s.Report.ARN)
	dst = appendTime(dst, s.GeneratedAt)
	comma()
	text(s.License.ARN)
	text(s.License.ID)
	text(s.License.Name)
	text(s.License.Description)
	text(string(s.License.CountingType))
	dst = appendOptionalInt(dst, s.License.Count)
	comma()
	boolean(s.License.HardLimit)
	number(consumed)
	if available, limited := s.License.Available(consumed); limited {
		dst = strconv.AppendInt(dst, available, 10)
	}
	comma()
	dst = appendPercent(dst, consumed, s.License.Count)
	comma()
	boolean(s.License.OverLimit(consumed))
	text(string(s.License.Status))
	text(s.License.OwnerAccountID)
	text(s.License.Rules.String())
	dst = appendOptionalTime(dst, s.License.ExpiresAt)
	comma()
	for _, t := range ResourceTypes() {
		if t != EC2AMI { // an AMI never consumes
			number(s.Consumption[t].Consumed)
		}
	}
	for _, t := range ResourceTypes() {
		number(s.Consumption[t].Associated)
	}
	dst[len(dst)-1] = '\n'
	return dst
}

// appendPercent appends consumed as a percentage of count with one decimal,
// nothing without a count or with a count of 0.
func appendPercent(dst []byte, consumed int64, count *int64) []byte {
	if count == nil || *count == 0 {
		return dst
	}
	return strconv.AppendFloat(dst, float64(consumed)/float64(*count)*100, 'f', 1, 64)
}
