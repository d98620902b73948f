package usage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

func TestMergeKeepsWhatTheFileDoesNotHave(t *testing.T) {
	t.Parallel()
	four, eight := int64(4), int64(8)
	stored := usage.Resource{
		ID: "i-1", Type: usage.EC2Instance, OwnerAccountID: "123456789012", ARN: "arn:1", Status: "running",
		Region: "eu-west-1", Platform: "Linux", Tenancy: "default", VCPUs: &four, Cores: &four,
	}
	file := "resource_id,resource_type,resource_owner_id,resource_status,vcpus,cores\ni-1,EC2_HOST,210987654321,,8,\n"
	in, err := usage.NewImportReader(strings.NewReader(file), usage.ImportDialect{})
	if err != nil {
		t.Fatal(err)
	}
	row, problems, err := in.Read()
	if err != nil || problems != nil {
		t.Fatalf("read: %v, %v", problems, err)
	}
	want := stored
	want.Type, want.OwnerAccountID, want.Status, want.VCPUs, want.Cores = usage.EC2Host, "210987654321", "", &eight, nil
	if diff := cmp.Diff(want, in.Merge(stored, row)); diff != "" {
		t.Error(diff)
	}
	if in.Has("license") || !in.Has("vcpus") || in.Has("line") {
		t.Error("the file has vcpus and no license")
	}
}

func TestListOfWrongRowsCanBeReadAgain(t *testing.T) {
	t.Parallel()
	file := "resource_id,resource_type,resource_owner_id,line,column,problem\ni-1,RDS,123456789012,7,vcpus,Enter 12 digits.\n"
	in, err := usage.NewImportReader(strings.NewReader(file), usage.ImportDialect{})
	if err != nil {
		t.Fatal(err)
	}
	row, problems, err := in.Read()
	if err != nil || problems != nil || row.Resource.ID != "i-1" {
		t.Errorf("read %q: %v, %v", row.Resource.ID, problems, err)
	}
}

func TestRowErrorNamesItsResource(t *testing.T) {
	t.Parallel()
	in, err := usage.NewImportReader(strings.NewReader("resource_id,resource_type,resource_owner_id\ni-7,ec2,123456789012\n"), usage.ImportDialect{})
	if err != nil {
		t.Fatal(err)
	}
	_, problems, err := in.Read()
	want := []usage.RowError{{
		Line: 2, Column: "resource_type", Value: "ec2", ResourceID: "i-7",
		Problem: "Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE.",
	}}
	if diff := cmp.Diff(want, problems); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
