package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// associationBatch is how many rows one statement reads or writes: 7 columns
// each, well below SQLite's limit of 32,766 parameters.
const associationBatch = 500

// Associate makes resources use a license, and returns how many did not use it
// before. Nothing is associated if one can't be: the errors come as
// usage.FieldErrors of the field "resource_id" or as *usage.LimitError.
func (s *Store) Associate(ctx context.Context, act usage.Act, licenseID string, resourceIDs []string) (int64, error) {
	var added []usage.Association
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.shareAssociations(tx); err != nil {
			return err
		}
		if err := s.lockLicense(tx, licenseID); err != nil {
			return err
		}
		l, err := license(tx, licenseID)
		if err != nil {
			return err
		}
		if l.Deactivated() {
			return usage.FieldErrors{{Field: "resource_id", Message: fmt.Sprintf("“%s” is deactivated and takes no more resources.", l.Name)}}
		}
		ids := unique(resourceIDs)
		if err := s.lockResources(tx, ids); err != nil {
			return err
		}
		var names []string
		for _, id := range ids {
			a, err := newAssociation(tx, l, id, db.UTC(act.At))
			if err != nil {
				return err
			}
			if a != nil {
				added, names = append(added, *a), append(names, id)
			}
		}
		if len(added) == 0 {
			return nil
		}
		if err := s.add(tx, l, added); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "associated", Noun: "tracked resources", ObjectID: l.ID, Name: l.Name, Detail: listed(names)})
	})
	if err != nil {
		return 0, err
	}
	return int64(len(added)), nil
}

// add inserts new associations of a license whose row is locked, within its
// limit.
func (s *Store) add(tx *gorm.DB, l usage.License, added []usage.Association) error {
	before, err := consumption(tx, l.ID)
	if err != nil {
		return err
	}
	delta := usage.Consumption{}
	for _, a := range added {
		delta.Add(a.ResourceType, 1, a.Consumed)
	}
	if err := withinLimit(l, before.Consumed(), delta.Consumed()); err != nil {
		return err
	}
	if err := putAssociations(tx, added); err != nil {
		return err
	}
	return addCounters(tx, l.ID, delta)
}

// withinLimit returns a *usage.LimitError if needed more licenses would pass
// the hard limit of l.
func withinLimit(l usage.License, consumed, needed int64) error {
	if !l.HardLimit || needed <= 0 || !l.OverLimit(consumed+needed) {
		return nil
	}
	available, _ := l.Available(consumed)
	return &usage.LimitError{License: l.Name, Unit: l.CountingType, Needed: needed, Available: available}
}

// newAssociation returns the association to be, nil if there is one already.
func newAssociation(tx *gorm.DB, l usage.License, resourceID string, at time.Time) (*usage.Association, error) {
	refuse := func(format string, args ...any) error {
		return usage.FieldErrors{{Field: "resource_id", Message: fmt.Sprintf(format, args...)}}
	}
	var r usage.Resource
	if err := tx.Limit(1).Find(&r, "id = ?", resourceID).Error; err != nil {
		return nil, err
	}
	if r.ID == "" {
		return nil, refuse("There is no tracked resource “%s”. Import it first.", resourceID)
	}
	var licenses []string
	if err := tx.Raw("SELECT license_id FROM associations WHERE resource_id = ?", resourceID).Scan(&licenses).Error; err != nil {
		return nil, err
	}
	for _, id := range licenses {
		if id == l.ID {
			return nil, nil
		}
	}
	if len(licenses) >= usage.MaxLicensesPerResource {
		return nil, refuse("“%s” uses %d licenses already, which is the most.", resourceID, len(licenses))
	}
	if err := l.Rules.Check(r); err != nil {
		return nil, refuse("“%s” can’t use this license. %s", resourceID, err)
	}
	consumed, err := usage.Consume(l, r, nil)
	if err != nil {
		return nil, refuse("“%s”: %s", resourceID, err)
	}
	a := usage.Association{LicenseID: l.ID, ResourceID: r.ID, ResourceType: r.Type, Consumed: consumed, AssociatedAt: at}
	a.Line = usage.AppendResourceLine(nil, r, a)
	return &a, nil
}

// Disassociate ends the use of a license by resources. Those that don't use
// it are passed over. It returns how many did.
func (s *Store) Disassociate(ctx context.Context, act usage.Act, licenseID string, resourceIDs []string) (int64, error) {
	var ended []string
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.shareAssociations(tx); err != nil {
			return err
		}
		if err := s.lockLicense(tx, licenseID); err != nil {
			return err
		}
		l, err := license(tx, licenseID)
		if err != nil {
			return err
		}
		delta := usage.Consumption{}
		for _, id := range unique(resourceIDs) {
			var a usage.Association
			if err := tx.Limit(1).Omit("line").Find(&a, "license_id = ? AND resource_id = ?", licenseID, id).Error; err != nil {
				return err
			}
			if a.ResourceID == "" {
				continue
			}
			if err := tx.Exec("DELETE FROM associations WHERE license_id = ? AND resource_id = ?", licenseID, id).Error; err != nil {
				return err
			}
			delta.Add(a.ResourceType, -1, -a.Consumed)
			ended = append(ended, id)
		}
		if len(ended) == 0 {
			return nil
		}
		if err := addCounters(tx, licenseID, delta); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "disassociated", Noun: "tracked resources", ObjectID: licenseID, Name: l.Name, Detail: listed(ended)})
	})
	if err != nil {
		return 0, err
	}
	return int64(len(ended)), nil
}

// putAssociations inserts associations or replaces what is stored of them.
func putAssociations(tx *gorm.DB, associations []usage.Association) error {
	rows := make([][]any, len(associations))
	for i, a := range associations {
		rows[i] = []any{a.LicenseID, a.ResourceID, string(a.ResourceType), a.Consumed, a.Given, db.UTC(a.AssociatedAt), a.Line}
	}
	return PutAssociations(tx, rows)
}

// addCounters adds delta to the counters of a license, and keeps their sum.
func addCounters(tx *gorm.DB, licenseID string, delta usage.Consumption) error {
	for _, t := range usage.ResourceTypes() {
		u := delta[t]
		if u == (usage.TypeUsage{}) {
			continue
		}
		upsert := `INSERT INTO license_counters (license_id, resource_type, associated, consumed) VALUES (?, ?, ?, ?)
			ON CONFLICT (license_id, resource_type) DO UPDATE SET
			associated = license_counters.associated + excluded.associated, consumed = license_counters.consumed + excluded.consumed`
		if err := tx.Exec(upsert, licenseID, t, u.Associated, u.Consumed).Error; err != nil {
			return err
		}
	}
	sum := "SELECT coalesce(sum(consumed), 0) FROM license_counters WHERE license_id = ?"
	return tx.Exec("UPDATE licenses SET used = ("+sum+") WHERE id = ?", licenseID, licenseID).Error
}

// unique returns ids without repetitions, in their order.
func unique(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	var out []string
	for _, id := range ids {
		if !seen[id] && id != "" {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// listed joins the first few ids for the activity log.
func listed(ids []string) string {
	const named = 10
	if len(ids) <= named {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:named], ", "), len(ids)-named)
}

// associationsLock is the key of PostgreSQL's advisory lock on all
// associations: "assoc" in ASCII.
const associationsLock = 0x6173736f63

// LockAssociations makes tx the only one that changes resources or associations: a
// slice of an import touches so many rows that no order of locking rows would do, and
// an association made beside it could keep what the import just changed.
func (s *Store) LockAssociations(tx *gorm.DB) error {
	if !s.db.Postgres() {
		return nil // it is the only writer anyway
	}
	return tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(associationsLock)).Error
}

// shareAssociations keeps imports out while tx changes associations. It comes
// before the lock of any row.
func (s *Store) shareAssociations(tx *gorm.DB) error {
	if !s.db.Postgres() {
		return nil // as above
	}
	return tx.Exec("SELECT pg_advisory_xact_lock_shared(?)", int64(associationsLock)).Error
}

// lockResources makes other transactions wait that associate one of the
// resources with another license: each would count the licenses that the
// resource uses without those of the other. They are locked in the order of
// their ids, after the license.
func (s *Store) lockResources(tx *gorm.DB, ids []string) error {
	return s.db.LockRows(tx, "resources", ids)
}
