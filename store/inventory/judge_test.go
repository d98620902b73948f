package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func TestImportRefusesWrongRows(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		closed := createLicense(t, s, usage.License{Name: "Closed"})
		if err := s.SetLicenseStatus(t.Context(), by("admin", start()), closed.ID, usage.LicenseDeactivated); err != nil {
			t.Fatal(err)
		}
		l := createLicense(t, s, usage.License{Name: "Oracle"})
		l.Rules = usage.Rules{{Name: usage.MaximumVCPUs, Value: "8"}}
		if err := s.UpdateLicense(t.Context(), by("admin", start()), l); err != nil {
			t.Fatal(err)
		}
		refused := refusedImport(t, s, header+
			"i-9,EC2_INSTANCE,123456789012,running,4,Oracle,\n"+
			"i-8,EC2_INSTANCE,123456789012,running,9,Oracle,\n"+
			"i-7,EC2_INSTANCE,123456789012,running,,Oracle,\n"+
			"i-6,ec2,12345,running,1,Oracle,-1\n"+
			"i-5,EC2_INSTANCE,123456789012,running,4,Orakel,\n"+
			"i-4,EC2_INSTANCE,123456789012,running,4,closed,\n")
		want := []usage.RowError{
			{Line: 3, Column: "license", Value: "Oracle", ResourceID: "i-8", Problem: "The resource can’t use “Oracle”. The license requires at most 8 vCPUs; the resource has 9."},
			{Line: 4, Column: "vcpus", ResourceID: "i-7", Problem: "Enter vcpus or consumed_licenses: the license counts by it."},
			{Line: 5, Column: "resource_type", Value: "ec2", ResourceID: "i-6", Problem: "Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE."},
			{Line: 5, Column: "resource_owner_id", Value: "12345", ResourceID: "i-6", Problem: "Enter 12 digits."},
			{Line: 5, Column: "consumed_licenses", Value: "-1", ResourceID: "i-6", Problem: "Enter a whole number, 0 or greater."},
			{Line: 6, Column: "license", Value: "Orakel", ResourceID: "i-5", Problem: "There is no self-managed license named “Orakel”."},
			{Line: 7, Column: "license", Value: "closed", ResourceID: "i-4", Problem: "“Closed” is deactivated and takes no more resources."},
		}
		if diff := cmp.Diff(want, refused.Problems); diff != "" || refused.Import.Wrong != 5 || refused.Import.Rows != 6 {
			t.Error(diff, refused.Import.Wrong, refused.Import.Rows)
		}
		if n, err := s.CountResources(t.Context(), ""); n != 0 || err != nil {
			t.Errorf("%d resources after a refused import, %v", n, err)
		}
	})
}

func TestImportRefusesTheRowThatPassesAHardLimit(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, usage.License{Name: "Oracle"})
		l.Count, l.HardLimit = count(10), true
		if err := s.UpdateLicense(t.Context(), by("admin", start()), l); err != nil {
			t.Fatal(err)
		}
		var file strings.Builder
		file.WriteString(header)
		for i := range 12 { // i-10 sorts before i-2: the row is that of the file's order
			fmt.Fprintf(&file, "i-%d,EC2_INSTANCE,123456789012,running,1,Oracle,\n", i)
		}
		refused := refusedImport(t, s, file.String())
		want := []usage.RowError{{
			Line: 12, Column: "license", Value: "Oracle", ResourceID: "i-10", Problem: "“Oracle” enforces its limit: 12 vCPUs needed, 10 available.",
		}}
		if diff := cmp.Diff(want, refused.Problems); diff != "" || refused.Import.Wrong != 1 {
			t.Error(diff)
		}
		// What a later row gives back doesn't count.
		file.WriteString("i-3,EC2_INSTANCE,123456789012,stopped,1,Oracle,\ni-4,EC2_INSTANCE,123456789012,terminated,1,Oracle,\n")
		importFile(t, s, file.String())
		if got := consumed(t, s, l.ID); got != 10 {
			t.Errorf("consumed %d, want 10", got)
		}
	})
}

func TestResourceUsesAtMostTenLicenses(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		var file strings.Builder
		file.WriteString(header)
		for i := range usage.MaxLicensesPerResource + 1 {
			name := fmt.Sprintf("License %d", i)
			createLicense(t, s, usage.License{Name: name})
			fmt.Fprintf(&file, "i-1,EC2_INSTANCE,123456789012,running,1,%s,\n", name)
		}
		refused := refusedImport(t, s, file.String())
		want := []usage.RowError{{
			Line: 12, Column: "license", Value: "License 10", ResourceID: "i-1", Problem: "The resource uses 10 licenses already, which is the most.",
		}}
		if diff := cmp.Diff(want, refused.Problems); diff != "" {
			t.Error(diff)
		}
	})
}
