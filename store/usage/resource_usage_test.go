package usage_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// tracked are resources with their associations, as a file has them.
func tracked() ([]usage.Resource, []usage.Association) {
	web := server()
	web.ARN, web.Region, web.Platform, web.InstanceType = "arn:aws:ec2:us-east-1:000123456789:instance/"+web.ID, "us-east-1", "Linux/UNIX", "m7i.4xlarge"
	since := at("2026-03-01T12:30:00.999999Z")
	return []usage.Resource{
			{ID: "ami-0abc", Type: usage.EC2AMI, Status: "available", OwnerAccountID: "000000000001", Region: "eu-central-1", Platform: "Windows, Server 2025"},
			{ID: "db-Größe-報告", Type: usage.RDS, Status: "available", OwnerAccountID: "123456789012", Region: "eu-central-1", Platform: "oracle-ee"},
			web,
			{ID: `mi-=cmd()"x"`, ARN: "=HYPERLINK(\"http://example.com\")", Type: usage.ManagedInstance, Status: "@online", OwnerAccountID: "000000000000", Region: "+r", Platform: "-p\nsecond line", InstanceType: "\tt"},
			{ID: "stopped one ", Type: usage.EC2Instance, Status: "stopped", OwnerAccountID: "123456789012"},
		}, []usage.Association{
			{Consumed: 0, AssociatedAt: since}, {Consumed: 4, AssociatedAt: since.In(time.FixedZone("", -5*60*60))}, {Consumed: 8, AssociatedAt: since},
			{Consumed: 1_000_000_000, AssociatedAt: since}, {Consumed: 0, AssociatedAt: since},
		}
}

func TestResourceUsageFile(t *testing.T) {
	t.Parallel()
	s := snapshot()
	s.License.Name = `Oracle "Database", EE`
	id := usage.ReportFileID(s.GeneratedAt, usage.ResourceUsage, "0123456789abcdef")
	file := usage.ResourceUsageHeader()
	prefix := usage.AppendResourceUsagePrefix(nil, s, id)
	resources, associations := tracked()
	for i, r := range resources {
		file = append(file, prefix...)
		file = usage.AppendResourceLine(file, r, associations[i])
	}
	golden(t, "resource_usage.csv", file)
	records, err := readStrict(string(file))
	if err != nil || len(records) != 1+len(resources) {
		t.Fatalf("records %q, %v", records, err)
	}
	for _, record := range records {
		if len(record) != 17 {
			t.Errorf("record %q", record)
		}
	}
}

func TestResourceUsageWithoutResources(t *testing.T) {
	t.Parallel()
	golden(t, "resource_usage_empty.csv", usage.ResourceUsageHeader())
}

// The columns are a promise to those who read the files: schema version 1.
func TestResourceUsageColumns(t *testing.T) {
	t.Parallel()
	const want = "report_id, usage_report_name, generated_at, license_configuration_arn, license_configuration_id, license_name, license_counting_type, resource_arn, resource_id, resource_type, resource_status, resource_owner_id, region, platform, instance_type, consumed_licenses, association_time"
	if diff := cmp.Diff(strings.Split(want, ", "), usage.ResourceUsageColumns()); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
}

func BenchmarkAppendResourceLine(b *testing.B) {
	resources, associations := tracked()
	r, a := resources[2], associations[2]
	line := usage.AppendResourceLine(nil, r, a)
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		line = usage.AppendResourceLine(line[:0], r, a)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
