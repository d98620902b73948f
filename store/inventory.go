package store

import (
	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// What package inventory is built on, beside the database.

// Normalize returns text in NFC, so that what looks the same is the same.
func Normalize(text string) string { return normalize(text) }

// AddCounters adds delta to what the resources of a license take of it.
func AddCounters(tx *gorm.DB, licenseID string, delta usage.Consumption) error {
	return addCounters(tx, licenseID, delta)
}

// Record writes a row of the activity log.
func Record(tx *gorm.DB, act usage.Act, a usage.Activity) error { return record(tx, act, a) }

// PutResources inserts resources or replaces what is stored of them. A row has the
// columns of the table in their order.
func PutResources(tx *gorm.DB, rows [][]any) error {
	const into = `resources (id, arn, type, status, owner_account_id, region, platform, instance_type, tenancy,
		vcpus, cores, sockets, threads_per_core, created_at, updated_at)`
	const conflict = ` ON CONFLICT (id) DO UPDATE SET arn = excluded.arn, type = excluded.type, status = excluded.status,
		owner_account_id = excluded.owner_account_id, region = excluded.region, platform = excluded.platform, instance_type = excluded.instance_type,
		tenancy = excluded.tenancy, vcpus = excluded.vcpus, cores = excluded.cores, sockets = excluded.sockets,
		threads_per_core = excluded.threads_per_core, updated_at = excluded.updated_at`
	kinds := []string{
		"text", "text", "text", "text", "text", "text", "text", "text", "text", "bigint", "bigint", "bigint", "bigint", "timestamptz", "timestamptz",
	}
	return db.InsertMany(tx, into, kinds, conflict, rows)
}

// PutAssociations inserts associations or replaces what is stored of them, except
// since when they are. A row has the columns of the table in their order.
func PutAssociations(tx *gorm.DB, rows [][]any) error {
	const into = "associations (license_id, resource_id, resource_type, consumed, given, associated_at, line)"
	const conflict = ` ON CONFLICT (license_id, resource_id) DO UPDATE SET resource_type = excluded.resource_type,
		consumed = excluded.consumed, given = excluded.given, line = excluded.line`
	kinds := []string{"text", "text", "text", "bigint", "bigint", "timestamptz", "bytea"}
	return db.InsertMany(tx, into, kinds, conflict, rows)
}
