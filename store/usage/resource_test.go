package usage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

func TestResourceValidate(t *testing.T) {
	t.Parallel()
	type edit = func(*usage.Resource)
	const hidden = "Remove characters that can’t be shown."
	for name, c := range map[string]struct {
		edit edit
		want usage.FieldErrors
	}{
		"good": {func(*usage.Resource) {}, nil},
		"only what must be there": {func(r *usage.Resource) {
			*r = usage.Resource{ID: "i", Type: usage.RDS, OwnerAccountID: "000000000001"}
		}, nil},
		"everything": {func(r *usage.Resource) {
			r.ARN, r.Region, r.Platform, r.InstanceType, r.Tenancy = strings.Repeat("é", 1024), strings.Repeat("r", 64), strings.Repeat("p", 128), strings.Repeat("t", 64), "host"
			r.ID, r.Status = strings.Repeat("é", 255), strings.Repeat("s", 64)
		}, nil},
		"formula":      {func(r *usage.Resource) { r.ID = "=cmd()" }, nil},
		"other status": {func(r *usage.Resource) { r.Status = "storage-optimization" }, nil},
		"nothing": {func(r *usage.Resource) { *r = usage.Resource{} }, usage.FieldErrors{
			{"resource_id", "Enter a resource ID."},
			{"resource_type", "Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE."},
			{"resource_owner_id", "Enter 12 digits."},
		}},
		"type in small letters": {func(r *usage.Resource) { r.Type = "ec2_instance" }, usage.FieldErrors{
			{"resource_type", "Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE."},
		}},
		"account that lost its zeros": {func(r *usage.Resource) { r.OwnerAccountID = "123456789" }, usage.FieldErrors{{"resource_owner_id", "Enter 12 digits."}}},
		"too long": {func(r *usage.Resource) {
			r.ID, r.ARN, r.Status = strings.Repeat("x", 256), strings.Repeat("x", 1025), strings.Repeat("x", 65)
			r.Region, r.Platform, r.InstanceType = strings.Repeat("x", 65), strings.Repeat("é", 129), strings.Repeat("x", 65)
		}, usage.FieldErrors{
			{"resource_id", "Enter 255 characters or fewer."}, {"resource_arn", "Enter 1024 characters or fewer."},
			{"resource_status", "Enter 64 characters or fewer."}, {"region", "Enter 64 characters or fewer."},
			{"platform", "Enter 128 characters or fewer."}, {"instance_type", "Enter 64 characters or fewer."},
		}},
		"hidden": {func(r *usage.Resource) {
			r.ID, r.ARN, r.Status, r.Region, r.Platform, r.InstanceType = "a\nb", "a\x00", "a\x7f", "a\u202e", "\xff", "\ue000"
		}, usage.FieldErrors{
			{"resource_id", hidden}, {"resource_arn", hidden}, {"resource_status", hidden},
			{"region", hidden}, {"platform", hidden}, {"instance_type", hidden},
		}},
		"tenancy": {func(r *usage.Resource) { r.Tenancy = "rented" }, usage.FieldErrors{{"tenancy", "Use default, dedicated, or host."}}},
	} {
		r := server()
		c.edit(&r)
		if diff := cmp.Diff(c.want, r.Validate()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTenancies(t *testing.T) {
	t.Parallel()
	for tenancy, rule := range map[string]string{
		"default": "EC2-Default", "shared": "EC2-Default", "EC2-Default": "EC2-Default", "host": "EC2-DedicatedHost", "Host": "EC2-DedicatedHost",
		"EC2-DedicatedHost": "EC2-DedicatedHost", "dedicated": "EC2-DedicatedInstance", "EC2-DedicatedInstance": "EC2-DedicatedInstance",
	} {
		r := server()
		r.Tenancy = tenancy
		if errs := r.Validate(); errs != nil {
			t.Errorf("%s: %v", tenancy, errs)
		}
		for _, allowed := range usage.Tenancies() {
			if err := (usage.Rules{{usage.AllowedTenancy, allowed}}).Check(r); (err == nil) != (allowed == rule) {
				t.Errorf("%s where %s is allowed: %v", tenancy, allowed, err)
			}
		}
	}
}

func TestResourceTypes(t *testing.T) {
	t.Parallel()
	want := []string{
		"EC2_INSTANCE: EC2 instance", "EC2_HOST: EC2 host", "EC2_AMI: EC2 AMI", "RDS: RDS", "SYSTEMS_MANAGER_MANAGED_INSTANCE: Managed instance",
	}
	var got []string
	for _, kind := range usage.ResourceTypes() {
		got = append(got, string(kind)+": "+kind.Label())
		if !kind.Valid() {
			t.Errorf("%s is not valid", kind)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resource types (-want +got):\n%s", diff)
	}
	if usage.ResourceType("LAMBDA").Valid() || usage.ResourceType("").Valid() {
		t.Error("an unknown resource type is valid")
	}
}
