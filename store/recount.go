package store

import (
	"gorm.io/gorm"

	"license-manager/store/usage"
)

// recount computes consumption anew after an edit of a license that changes
// what its resources consume. An edit that would pass the hard limit comes as
// usage.FieldErrors of the rule.
func (s *Store) recount(tx *gorm.DB, old, l usage.License) error {
	before, _ := old.Rules.Get(usage.HonorVCPUOptimization)
	after, _ := l.Rules.Get(usage.HonorVCPUOptimization)
	if before == after {
		return nil
	}
	delta := usage.Consumption{}
	err := eachAssociation(tx, l.ID, func(batch []resourceAssociation) error {
		var moved []usage.Association
		for _, b := range batch {
			consumed, err := usage.Consume(l, b.Resource, b.Given)
			if err != nil || consumed == b.Consumed {
				continue // if the attribute is not known, what was counted stays
			}
			a := b.Association
			a.Consumed = consumed
			a.Line = usage.AppendResourceLine(nil, b.Resource, a)
			delta.Add(a.ResourceType, 0, a.Consumed-b.Consumed)
			moved = append(moved, a)
		}
		return putAssociations(tx, moved)
	})
	if err != nil {
		return err
	}
	return grow(tx, l, delta)
}

// grow adds what the resources of a license consume under its new rules to the
// counters, within its limit.
func grow(tx *gorm.DB, l usage.License, delta usage.Consumption) error {
	before, err := consumption(tx, l.ID)
	if err != nil {
		return err
	}
	if err := withinLimit(l, before.Consumed(), delta.Consumed()); err != nil {
		return usage.FieldErrors{{Field: string(usage.HonorVCPUOptimization), Message: err.Error()}}
	}
	return addCounters(tx, l.ID, delta)
}

// resourceAssociation is an association with its resource.
type resourceAssociation struct {
	usage.Association
	Resource usage.Resource `gorm:"embedded;embeddedPrefix:resource__"`
}

// eachAssociation calls fn with the associations of a license and their
// resources, a batch at a time, in the order of resource ids.
func eachAssociation(tx *gorm.DB, licenseID string, fn func([]resourceAssociation) error) error {
	for last := ""; ; {
		batch, err := associationsAfter(tx, licenseID, last)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := fn(batch); err != nil {
			return err
		}
		last = batch[len(batch)-1].ResourceID
	}
}

// associationsAfter returns the next batch of a license's associations, in
// the order of resource ids, with their resources.
func associationsAfter(tx *gorm.DB, licenseID, last string) ([]resourceAssociation, error) {
	var batch []resourceAssociation
	err := tx.Raw(`
SELECT a.license_id, a.resource_id, a.resource_type, a.consumed, a.given, a.associated_at, a.line,
       r.id AS resource__id, r.arn AS resource__arn, r.type AS resource__type, r.status AS resource__status,
       r.owner_account_id AS resource__owner_account_id, r.region AS resource__region, r.platform AS resource__platform,
       r.instance_type AS resource__instance_type, r.tenancy AS resource__tenancy, r.vcpus AS resource__vcpus,
       r.cores AS resource__cores, r.sockets AS resource__sockets, r.threads_per_core AS resource__threads_per_core
FROM associations a JOIN resources r ON r.id = a.resource_id
WHERE a.license_id = ? AND a.resource_id > ? ORDER BY a.resource_id LIMIT ?`, licenseID, last, associationBatch).Scan(&batch).Error
	return batch, err
}
