package inventory

import (
	"database/sql"
	"errors"
	"slices"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// loadBatch is how many resources are looked up at once.
const loadBatch = 500

// load completes entries, which are in the order of their ids, with what is
// stored.
func load(tx *gorm.DB, entries []entry, ls *licenses) error {
	for part := range slices.Chunk(entries, loadBatch) {
		ids := make([]string, len(part))
		for i := range part {
			ids[i] = part[i].id
		}
		if err := loadResources(tx, part, ids); err != nil {
			return err
		}
		if err := loadUses(tx, part, ids); err != nil {
			return err
		}
	}
	for i := range entries {
		for j := range entries[i].uses {
			var err error
			u := &entries[i].uses[j]
			if u.license, err = ls.withID(u.LicenseID); err != nil {
				return err
			}
		}
	}
	return nil
}

func loadResources(tx *gorm.DB, entries []entry, ids []string) error {
	rows, err := tx.Raw(`SELECT id, arn, type, status, owner_account_id, region, platform, instance_type,
		tenancy, vcpus, cores, sockets, threads_per_core FROM resources WHERE id IN ?`, db.AnyOf(ids)).Rows()
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var r usage.Resource
		err := rows.Scan(&r.ID, &r.ARN, &r.Type, &r.Status, &r.OwnerAccountID, &r.Region, &r.Platform, &r.InstanceType,
			&r.Tenancy, &r.VCPUs, &r.Cores, &r.Sockets, &r.ThreadsPerCore)
		if e := findEntry(entries, r.ID); e != nil {
			e.known, e.stored, e.resource = true, r, r
		}
		return err
	})
}

func loadUses(tx *gorm.DB, entries []entry, ids []string) error {
	rows, err := tx.Raw(`SELECT license_id, resource_id, resource_type, consumed, given, associated_at
		FROM associations WHERE resource_id IN ? ORDER BY resource_id, license_id`, db.AnyOf(ids)).Rows()
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var a usage.Association
		err := rows.Scan(&a.LicenseID, &a.ResourceID, &a.ResourceType, &a.Consumed, &a.Given, &a.AssociatedAt)
		if e := findEntry(entries, a.ResourceID); e != nil {
			e.uses = append(e.uses, use{Association: a, stored: a})
		}
		return err
	})
}

// each calls fn on every row, and closes them.
func each(rows *sql.Rows, fn func() error) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := fn(); err != nil {
			return err
		}
	}
	return rows.Err()
}
