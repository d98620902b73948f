package inventory_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

// contents is all that a database holds of resources.
type contents struct {
	Resources map[string]string // attributes by id
	Uses      map[string]string // license, given and consumed
	Lines     map[string]string // as stored
	Counters  map[string]usage.TypeUsage
}

func newContents() contents {
	return contents{map[string]string{}, map[string]string{}, map[string]string{}, map[string]usage.TypeUsage{}}
}

func stored(t *testing.T, db *sql.DB) contents {
	t.Helper()
	c := newContents()
	each(t, db, `SELECT id, arn, type, status, owner_account_id, platform, tenancy, vcpus, cores, threads_per_core FROM resources`, func(scan func(...any) error) error {
		var r usage.Resource
		err := scan(&r.ID, &r.ARN, &r.Type, &r.Status, &r.OwnerAccountID, &r.Platform, &r.Tenancy, &r.VCPUs, &r.Cores, &r.ThreadsPerCore)
		c.Resources[r.ID] = attributes(r)
		return err
	})
	each(t, db, `SELECT license_id, resource_id, resource_type, consumed, given, associated_at, line FROM associations`, func(scan func(...any) error) error {
		var a usage.Association
		err := scan(&a.LicenseID, &a.ResourceID, &a.ResourceType, &a.Consumed, &a.Given, &a.AssociatedAt, &a.Line)
		c.addUse(a)
		return err
	})
	each(t, db, `SELECT license_id, resource_type, associated, consumed FROM license_counters WHERE associated <> 0 OR consumed <> 0`, func(scan func(...any) error) error {
		var license, kind string
		var u usage.TypeUsage
		err := scan(&license, &kind, &u.Associated, &u.Consumed)
		c.Counters[license+" "+kind] = u
		return err
	})
	return c
}

func each(t *testing.T, db *sql.DB, query string, fn func(scan func(...any) error) error) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			t.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func (c contents) addUse(a usage.Association) {
	key := a.LicenseID + " " + a.ResourceID
	c.Uses[key] = fmt.Sprint(a.ResourceType, a.Consumed, show(a.Given), a.AssociatedAt.UTC())
	c.Lines[key] = string(a.Line)
}

func attributes(r usage.Resource) string {
	return fmt.Sprint(r.ARN, "|", r.Type, "|", r.Status, "|", r.OwnerAccountID, "|", r.Platform, "|", r.Tenancy, "|", show(r.VCPUs), show(r.Cores), show(r.ThreadsPerCore))
}

func show(n *int64) string {
	if n == nil {
		return "-"
	}
	return fmt.Sprint(*n)
}

// checkStored compares lines and counters with what they are derived from.
func checkStored(t *testing.T, address string) {
	t.Helper()
	db := openRaw(t, address)
	got, want := stored(t, db), newContents()
	each(t, db, `SELECT a.license_id, a.resource_id, a.resource_type, a.consumed, a.given, a.associated_at, r.id, r.arn, r.type, r.status,
		r.owner_account_id, r.region, r.platform, r.instance_type FROM associations a JOIN resources r ON r.id = a.resource_id`, func(scan func(...any) error) error {
		var a usage.Association
		var r usage.Resource
		err := scan(&a.LicenseID, &a.ResourceID, &a.ResourceType, &a.Consumed, &a.Given, &a.AssociatedAt, &r.ID, &r.ARN, &r.Type, &r.Status,
			&r.OwnerAccountID, &r.Region, &r.Platform, &r.InstanceType)
		a.Line = usage.AppendResourceLine(nil, r, a)
		want.addUse(a)
		key := a.LicenseID + " " + string(r.Type)
		u := want.Counters[key]
		want.Counters[key] = usage.TypeUsage{Associated: u.Associated + 1, Consumed: u.Consumed + a.Consumed}
		return err
	})
	want.Resources = got.Resources
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
