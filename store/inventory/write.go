package inventory

import (
	"time"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/usage"
)

// write stores resources that changed, and their associations that changed with
// them or by themselves.
func write(tx *gorm.DB, entries []*entry, at time.Time) error {
	var resources, associations [][]any
	for _, e := range entries {
		changed := e.attributesChanged()
		if changed {
			resources = append(resources, resourceRow(&e.resource, e.id, at))
		}
		for i := range e.uses {
			if u := &e.uses[i]; changed || u.changed() {
				line := usage.AppendResourceLine(nil, e.resource, u.Association)
				associations = append(associations, []any{u.LicenseID, e.id, string(u.ResourceType), u.Consumed, optional(u.Given), u.AssociatedAt, line})
			}
		}
	}
	if err := store.PutResources(tx, resources); err != nil {
		return err
	}
	return store.PutAssociations(tx, associations)
}

func resourceRow(r *usage.Resource, id string, at time.Time) []any {
	return []any{
		id, r.ARN, string(r.Type), r.Status, r.OwnerAccountID, r.Region, r.Platform, r.InstanceType, r.Tenancy,
		optional(r.VCPUs), optional(r.Cores), optional(r.Sockets), optional(r.ThreadsPerCore), at, at,
	}
}

func optional(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}
