package store

import (
	"bytes"
	"context"
	"errors"
	"maps"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// LicenseCheck compares what is stored for speed about a license with what it
// follows from: the lines of its resources with the resources, its counters
// with the sum of its associations.
type LicenseCheck struct {
	License    usage.License
	Stored     usage.Consumption // the counters
	Counted    usage.Consumption // the associations
	Used       int64             // the sum that is kept with the license
	WrongLines int64
	Example    string // id of the first resource whose line is wrong
}

// Right reports whether nothing was found.
func (c LicenseCheck) Right() bool {
	return c.WrongLines == 0 && c.Used == c.Counted.Consumed() && maps.Equal(c.Stored, c.Counted)
}

// CheckLicenses checks one license after the other and calls found for each,
// in the order of their names; its error ends the check. It reads every
// association, in constant memory. With repair, what is wrong of a license is
// written anew in the transaction that found it, and other changes of that
// license wait for it.
func (s *Store) CheckLicenses(ctx context.Context, act usage.Act, repair bool, found func(LicenseCheck) error) error {
	var ids []string
	if err := s.db.Query(ctx).Raw("SELECT id FROM licenses ORDER BY name_key").Scan(&ids).Error; err != nil {
		return db.Translate(err)
	}
	for _, id := range ids {
		c, err := s.checkLicense(ctx, act, id, repair)
		if errors.Is(err, ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if err := found(c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) checkLicense(ctx context.Context, act usage.Act, id string, repair bool) (c LicenseCheck, err error) {
	if !repair {
		err = s.db.Snapshot(ctx, func(tx *gorm.DB) error {
			c, err = compareStored(tx, id, func([]usage.Association) error { return nil })
			return err
		})
		return c, err
	}
	err = s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.shareAssociations(tx); err != nil {
			return err
		}
		if err := s.lockLicense(tx, id); err != nil {
			return err
		}
		c, err = compareStored(tx, id, func(wrong []usage.Association) error { return putAssociations(tx, wrong) })
		if err != nil || c.Right() {
			return err
		}
		if err := setCounters(tx, id, c.Counted); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "repaired", Noun: "self-managed license", ObjectID: id, Name: c.License.Name})
	})
	return c, err
}

// compareStored checks a license and hands associations whose lines are wrong
// to mend, with the right ones.
func compareStored(tx *gorm.DB, id string, mend func(wrong []usage.Association) error) (c LicenseCheck, err error) {
	if c.License, err = license(tx, id); err != nil {
		return c, err
	}
	if c.Stored, err = consumption(tx, id); err != nil {
		return c, err
	}
	if err = tx.Raw("SELECT used FROM licenses WHERE id = ?", id).Scan(&c.Used).Error; err != nil {
		return c, err
	}
	maps.DeleteFunc(c.Stored, func(_ usage.ResourceType, u usage.TypeUsage) bool { return u == usage.TypeUsage{} })
	c.Counted = usage.Consumption{}
	err = eachAssociation(tx, id, func(batch []resourceAssociation) error { return mend(c.add(batch)) })
	return c, err
}

// add counts associations and returns those whose lines are wrong, mended.
func (c *LicenseCheck) add(batch []resourceAssociation) (wrong []usage.Association) {
	for _, b := range batch {
		a := b.Association
		c.Counted.Add(a.ResourceType, 1, a.Consumed)
		line := usage.AppendResourceLine(nil, b.Resource, a)
		if bytes.Equal(line, a.Line) {
			continue
		}
		if c.WrongLines++; c.Example == "" {
			c.Example = a.ResourceID
		}
		a.Line = line
		wrong = append(wrong, a)
	}
	return wrong
}

// setCounters writes the counters of a license anew.
func setCounters(tx *gorm.DB, licenseID string, counted usage.Consumption) error {
	if err := tx.Exec("DELETE FROM license_counters WHERE license_id = ?", licenseID).Error; err != nil {
		return err
	}
	return addCounters(tx, licenseID, counted)
}
