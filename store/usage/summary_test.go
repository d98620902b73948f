package usage_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// snapshot is the state of a license of 480 cores, of which 456 are consumed.
func snapshot() usage.Snapshot {
	return usage.Snapshot{
		Report: daily(), License: oracle(), GeneratedAt: at("2026-11-24T04:05:06.789Z"),
		Consumption: usage.Consumption{
			usage.EC2Instance:     {Associated: 40, Consumed: 320},
			usage.EC2Host:         {Associated: 2, Consumed: 96},
			usage.EC2AMI:          {Associated: 3},
			usage.RDS:             {Associated: 4, Consumed: 32},
			usage.ManagedInstance: {Associated: 5, Consumed: 8},
		},
	}
}

func summaryFileID(s usage.Snapshot) string {
	return usage.ReportFileID(s.GeneratedAt, usage.Summary, "0123456789abcdef")
}

func TestSummaryFiles(t *testing.T) {
	t.Parallel()
	for file, edit := range map[string]func(*usage.Snapshot){
		"summary_limit.csv": func(*usage.Snapshot) {},
		"summary_no_limit.csv": func(s *usage.Snapshot) {
			s.License.Count, s.License.HardLimit, s.License.ExpiresAt, s.License.Rules = nil, false, nil, nil
			s.License.Description = ""
		},
		"summary_over_limit.csv": func(s *usage.Snapshot) {
			s.License.Count, s.License.HardLimit = new(int64(20)), false
			s.Consumption = usage.Consumption{usage.EC2Instance: {Associated: 25, Consumed: 25}}
			s.License.CountingType, s.License.Rules = usage.CountInstance, nil
		},
		"summary_limit_of_none.csv": func(s *usage.Snapshot) {
			s.License.Count, s.Consumption = new(int64(0)), nil
			s.License.Status = usage.LicenseDeactivated
		},
		"summary_hostile.csv": func(s *usage.Snapshot) {
			s.Report.Name = "Größe 報告書"
			s.License.Name = `=cmd|' /C calc'!A0, "quoted"`
			s.License.Description = "-1 line\r\nanother, with \"quotes\"\nand 😀 "
			s.License.OwnerAccountID = "000000000001"
			zone := time.FixedZone("far east", 14*60*60)
			expires := s.License.ExpiresAt.In(zone)
			s.GeneratedAt, s.License.ExpiresAt = s.GeneratedAt.In(zone), &expires
		},
	} {
		s := snapshot()
		edit(&s)
		got := usage.AppendSummary(nil, s, summaryFileID(s))
		golden(t, file, got)
		if records, err := readStrict(string(got)); err != nil || len(records) != 2 || len(records[0]) != 28 || len(records[1]) != 28 {
			t.Errorf("%s: %q, %v", file, records, err)
		}
	}
}

// The columns are a promise to those who read the files: schema version 1.
func TestSummaryColumns(t *testing.T) {
	t.Parallel()
	const want = "report_id, usage_report_name, usage_report_arn, generated_at, license_configuration_arn, license_configuration_id, license_name, license_description, license_counting_type, license_count, license_count_hard_limit, consumed_licenses, available_licenses, consumed_percent, limit_exceeded, status, owner_account_id, license_rules, license_expiry, consumed_ec2_instance, consumed_ec2_host, consumed_rds, consumed_systems_manager_managed_instance, associated_ec2_instance, associated_ec2_host, associated_ec2_ami, associated_rds, associated_systems_manager_managed_instance"
	if diff := cmp.Diff(strings.Split(want, ", "), usage.SummaryColumns()); diff != "" || usage.SchemaVersion != "1" || usage.ContentType != "text/csv; charset=utf-8" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func TestEqualSnapshotsGiveEqualBytes(t *testing.T) {
	t.Parallel()
	first := usage.AppendSummary([]byte("before"), snapshot(), "id")
	for range 100 {
		if again := usage.AppendSummary([]byte("before"), snapshot(), "id"); !bytes.Equal(first, again) {
			t.Fatalf("%s\n%s", first, again)
		}
	}
	if !bytes.HasPrefix(first, []byte("beforereport_id,")) {
		t.Errorf("not appended: %.40s", first)
	}
}

func TestConsumedPercent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		consumed int64
		count    *int64
		want     string
	}{
		{0, new(int64(20)), "0.0"}, {1, new(int64(3)), "33.3"}, {2, new(int64(3)), "66.7"}, {20, new(int64(20)), "100.0"},
		{25, new(int64(20)), "125.0"}, {1, new(int64(usage.MaxCount)), "0.0"}, {usage.MaxCount, new(int64(1)), "100000000000.0"},
		{5, new(int64(0)), ""}, {5, nil, ""},
	} {
		s := snapshot()
		s.License.Count, s.Consumption = c.count, usage.Consumption{usage.RDS: {Associated: 1, Consumed: c.consumed}}
		records, err := readStrict(string(usage.AppendSummary(nil, s, "id")))
		if err != nil || records[1][13] != c.want {
			t.Errorf("%d consumed: %q, %v", c.consumed, records, err)
		}
	}
}
