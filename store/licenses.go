package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// License returns a license with its tags.
func (s *Store) License(ctx context.Context, id string) (usage.License, error) {
	return license(s.db.Query(ctx), id)
}

func license(tx *gorm.DB, id string) (usage.License, error) {
	var l usage.License
	if err := tx.Take(&l, "id = ?", id).Error; err != nil {
		return usage.License{}, db.Translate(fmt.Errorf("license %s: %w", id, err))
	}
	var err error
	l.Tags, err = tagsOf(tx, id)
	return l, db.Translate(err)
}

// CreateLicense creates a license and returns it as stored. A second call
// with the same CreationToken returns the license of the first. What is wrong
// with the fields comes as usage.FieldErrors.
func (s *Store) CreateLicense(ctx context.Context, act usage.Act, l usage.License) (usage.License, error) {
	prepareLicense(&l)
	if err := l.Validate().Err(); err != nil {
		return usage.License{}, err
	}
	l.ID = usage.NewLicenseID()
	l.ARN, l.OwnerAccountID = s.account.LicenseARN(l.ID), s.account.ID
	l.Status, l.Version = usage.LicenseAvailable, 1
	l.CreatedAt, l.CreatedBy = db.UTC(act.At), act.By
	l.UpdatedAt, l.UpdatedBy = l.CreatedAt, l.CreatedBy
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if first, err := licenseByToken(tx, l.CreationToken); err != nil || first != "" {
			l.ID = first
			return err
		}
		if err := tx.Create(&l).Error; err != nil {
			return duplicateName(err, usage.DuplicateLicenseName(l.Name))
		}
		if err := replaceTags(tx, l.ID, l.Tags); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "created", Noun: "self-managed license", ObjectID: l.ID, Name: l.Name})
	})
	if err != nil {
		// The twin of a double submit fails on the name that the first took.
		first, lookup := licenseByToken(s.db.Query(ctx), l.CreationToken)
		if lookup != nil || first == "" {
			return usage.License{}, err
		}
		l.ID = first
	}
	return s.License(ctx, l.ID)
}

// CheckLicense is CheckReport for a license.
func (s *Store) CheckLicense(ctx context.Context, l usage.License) error {
	prepareLicense(&l)
	errs := l.Validate()
	if errs.For("name") == "" {
		taken, err := licenseNameTaken(s.db.Query(ctx), l.NameKey, l.ID)
		if err != nil {
			return db.Translate(err)
		}
		if taken {
			errs.Add("name", usage.DuplicateLicenseName(l.Name))
		}
	}
	return errs.Err()
}

// licenseNameTaken is reportNameTaken for licenses.
func licenseNameTaken(tx *gorm.DB, key, id string) (bool, error) {
	var n int64
	err := tx.Raw("SELECT count(*) FROM licenses WHERE name_key = ? AND id <> ?", key, id).Scan(&n).Error
	return n > 0, err
}

func prepareLicense(l *usage.License) {
	l.Name, l.Description = normalize(l.Name), normalize(l.Description)
	l.NameKey = usage.FoldName(l.Name)
	l.Rules = l.Rules.Normalized()
	l.Tags = normalizeTags(l.Tags)
	if l.ExpiresAt != nil {
		l.ExpiresAt = utcPointer(*l.ExpiresAt)
	}
}

// licenseByToken returns the id of the license that the form with that token
// created, empty if there is none.
func licenseByToken(tx *gorm.DB, token string) (string, error) {
	if token == "" {
		return "", nil
	}
	var id string
	err := tx.Raw("SELECT id FROM licenses WHERE creation_token = ?", token).Scan(&id).Error
	return id, err
}

// duplicateName turns a broken unique index into an error of the field "name".
func duplicateName(err error, message string) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return usage.FieldErrors{{Field: "name", Message: message}}
	}
	return err
}

// UpdateLicense changes everything but the counting type, if l.Version is
// still the stored one; else ErrStale. Rules decide about later associations;
// those that exist stay. ErrUnchanged if the license is stored like that already.
func (s *Store) UpdateLicense(ctx context.Context, act usage.Act, l usage.License) error {
	prepareLicense(&l)
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.shareAssociations(tx); err != nil {
			return err
		}
		if err := s.lockLicense(tx, l.ID); err != nil {
			return err
		}
		old, err := license(tx, l.ID)
		if err != nil {
			return err
		}
		l.CountingType = old.CountingType
		if err := l.Validate().Err(); err != nil {
			return err
		}
		read := l.Version
		if read == old.Version && l.Same(old) {
			return fmt.Errorf("license %s: %w", l.ID, ErrUnchanged)
		}
		l.Version++
		l.UpdatedAt, l.UpdatedBy = db.UTC(act.At), act.By
		l.LimitReachedAt, l.ForecastAt = nil, nil
		result := tx.Model(&usage.License{}).Where("id = ? AND version = ?", l.ID, read).
			Select("name", "name_key", "description", "license_count", "hard_limit", "rules", "expires_at", "version", "updated_at", "updated_by", "limit_reached_at", "forecast_at").
			UpdateColumns(&l)
		if err := db.Changed(result, ErrStale); err != nil {
			return duplicateName(err, usage.DuplicateLicenseName(l.Name))
		}
		if err := replaceTags(tx, l.ID, l.Tags); err != nil {
			return err
		}
		if err := s.recount(tx, old, l); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "edited", Noun: "self-managed license", ObjectID: l.ID, Name: l.Name})
	})
}

// SetLicenseStatus deactivates a license or makes it available again. A license
// that has the status already stays as it is.
func (s *Store) SetLicenseStatus(ctx context.Context, act usage.Act, id string, status usage.LicenseStatus) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockLicense(tx, id); err != nil {
			return err
		}
		l, err := license(tx, id)
		if err != nil || l.Status == status {
			return err
		}
		update := "UPDATE licenses SET status = ?, version = version + 1, updated_at = ?, updated_by = ? WHERE id = ?"
		if err := tx.Exec(update, status, db.UTC(act.At), act.By, id).Error; err != nil {
			return err
		}
		action := "activated"
		if status == usage.LicenseDeactivated {
			action = "deactivated"
		}
		return record(tx, act, usage.Activity{Action: action, Noun: "self-managed license", ObjectID: id, Name: l.Name})
	})
}

// InUseError says what keeps a license from being deleted. It is ErrInUse.
type InUseError struct {
	License   usage.License
	Reports   []usage.Report // the first few, by name: id and name
	ReportsN  int64          // all of them
	Resources int64          // associated resources
}

// Error names the license and what uses it.
func (e *InUseError) Error() string {
	return fmt.Sprintf("license %s: %d usage reports, %d resources: %v", e.License.ID, e.ReportsN, e.Resources, ErrInUse)
}

// Unwrap makes the error an ErrInUse.
func (e *InUseError) Unwrap() error { return ErrInUse }

// LicenseUse returns what keeps the license from being deleted, nil if nothing
// does.
func (s *Store) LicenseUse(ctx context.Context, id string) (*InUseError, error) {
	l, err := s.License(ctx, id)
	if err != nil {
		return nil, err
	}
	use, err := licenseUse(s.db.Query(ctx), l)
	return use, db.Translate(err)
}

// reportsNamed is how many usage reports are named when they block something.
const reportsNamed = 5

func licenseUse(tx *gorm.DB, l usage.License) (*InUseError, error) {
	use := &InUseError{License: l}
	const live = "FROM reports WHERE license_id = ? AND deleted_at IS NULL"
	if err := tx.Raw("SELECT count(*) "+live, l.ID).Scan(&use.ReportsN).Error; err != nil {
		return nil, err
	}
	if err := tx.Raw("SELECT id, name "+live+" ORDER BY name_key LIMIT ?", l.ID, reportsNamed).Scan(&use.Reports).Error; err != nil {
		return nil, err
	}
	c, err := consumption(tx, l.ID)
	if err != nil {
		return nil, err
	}
	use.Resources = c.Associated()
	if use.ReportsN == 0 && use.Resources == 0 {
		return nil, nil
	}
	return use, nil
}

// DeleteLicense deletes a license that nothing uses; else *InUseError.
func (s *Store) DeleteLicense(ctx context.Context, act usage.Act, id string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockLicense(tx, id); err != nil {
			return err
		}
		l, err := license(tx, id)
		if err != nil {
			return err
		}
		use, err := licenseUse(tx, l)
		if err != nil {
			return err
		}
		if use != nil {
			return use
		}
		if err := replaceTags(tx, id, nil); err != nil {
			return err
		}
		if err := db.Changed(tx.Exec("DELETE FROM licenses WHERE id = ?", id), ErrNotFound); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "deleted", Noun: "self-managed license", ObjectID: id, Name: l.Name})
	})
}

// shareLicense makes transactions wait that would delete the license, and no
// others.
func (s *Store) shareLicense(tx *gorm.DB, id string) error {
	if !s.db.Postgres() {
		return nil // it is the only writer anyway
	}
	var found string
	return tx.Raw("SELECT id FROM licenses WHERE id = ? FOR KEY SHARE", id).Scan(&found).Error
}

// lockLicense makes other transactions wait that change the license, its
// associations or its reports.
func (s *Store) lockLicense(tx *gorm.DB, id string) error {
	var found string
	if err := tx.Raw(s.db.ForUpdate("SELECT id FROM licenses WHERE id = ?"), id).Scan(&found).Error; err != nil {
		return err
	}
	if found == "" {
		return fmt.Errorf("license %s: %w", id, ErrNotFound)
	}
	return nil
}
