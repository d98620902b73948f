package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// Settings are what the whole installation shares.
type Settings struct {
	ID             int        `gorm:"primaryKey"`
	AccountID      string     // 12 digits
	Bucket         string     // empty until the first use
	BucketReady    bool       // false: the name is reserved, the bucket not yet made
	BucketCreated  bool       // made by License Manager, as opposed to associated
	BucketSettings string     // what became of the settings that guard a bucket of our own, a line each
	CrossAccount   bool       // cross-account inventory search
	CheckedAt      *time.Time // last test of the bucket
	CheckFailure   string     // its failure in plain words; empty if it passed
	SetupToken     string     // hash of the newest setup link; empty once used
	Version        int64
}

// TableName tells GORM the table.
func (Settings) TableName() string { return "settings" }

// Settings returns the settings.
func (s *Store) Settings(ctx context.Context) (Settings, error) {
	var out Settings
	cells := []any{&out.ID, &out.AccountID, &out.Bucket, &out.BucketReady, &out.BucketCreated, &out.BucketSettings, &out.CrossAccount, &out.CheckedAt, &out.CheckFailure, &out.SetupToken, &out.Version}
	const columns = "id, account_id, bucket, bucket_ready, bucket_created, bucket_settings, cross_account, checked_at, check_failure, setup_token, version"
	return out, db.Translate(s.queryRow(ctx, cells, "SELECT "+columns+" FROM settings WHERE id = 1"))
}

// initSettings makes the settings the first time, and decides which account
// the installation reports for.
func (s *Store) initSettings(ctx context.Context) error {
	id := s.account.ID
	if id == "" {
		id = randomAccountID()
	}
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		insert := "INSERT INTO settings (id, account_id) VALUES (1, ?) ON CONFLICT (id) DO NOTHING"
		if err := tx.Exec(insert, id).Error; err != nil {
			return fmt.Errorf("init settings: %w", err)
		}
		if s.account.ID == "" {
			return tx.Raw("SELECT account_id FROM settings WHERE id = 1").Scan(&s.account.ID).Error
		}
		return tx.Exec("UPDATE settings SET account_id = ? WHERE id = 1 AND account_id <> ?", id, id).Error
	})
}

// randomAccountID returns 12 random digits, the first one not 0.
func randomAccountID() string {
	n, err := rand.Int(rand.Reader, big.NewInt(900_000_000_000))
	if err != nil {
		panic(err) // crypto/rand never fails since Go 1.24
	}
	return fmt.Sprint(n.Int64() + 100_000_000_000)
}

// ReserveBucket remembers name as the bucket to be made, unless the account
// has one already or another replica was first. It returns the settings that
// hold now: of several callers at once all get the same name.
func (s *Store) ReserveBucket(ctx context.Context, name string) (Settings, error) {
	var out Settings
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		update := "UPDATE settings SET bucket = ?, bucket_ready = ?, bucket_created = ?, version = version + 1 WHERE id = 1 AND bucket = ''"
		if err := tx.Exec(update, name, false, true).Error; err != nil {
			return err
		}
		return tx.Take(&out, 1).Error
	})
	return out, err
}

// ForgetBucket gives up a reserved name that turned out to belong to someone
// else. A bucket in use is left alone.
func (s *Store) ForgetBucket(ctx context.Context, name string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE settings SET bucket = '', bucket_created = ?, version = version + 1 WHERE id = 1 AND bucket = ? AND NOT bucket_ready", false, name).Error
	})
}

// BucketMade records that the reserved bucket exists now, with what became of the
// settings that guard it, a line each. It returns false if another replica
// recorded it first.
func (s *Store) BucketMade(ctx context.Context, act usage.Act, name, settings string) (bool, error) {
	first := false
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		result := tx.Exec("UPDATE settings SET bucket_ready = ?, bucket_settings = ?, version = version + 1 WHERE id = 1 AND bucket = ? AND NOT bucket_ready", true, settings, name)
		if result.Error != nil || result.RowsAffected == 0 {
			return result.Error
		}
		first = true
		return record(tx, act, usage.Activity{Action: "created", Noun: "S3 bucket", ObjectID: name, Name: name})
	})
	return first, err
}

// AssociateBucket makes an existing bucket the one to publish to.
func (s *Store) AssociateBucket(ctx context.Context, act usage.Act, name string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE settings SET checked_at = ?, check_failure = '', bucket_settings = '' WHERE id = 1", db.UTC(act.At)).Error; err != nil {
			return err
		}
		update := "UPDATE settings SET bucket = ?, bucket_ready = ?, bucket_created = ?, version = version + 1 WHERE id = 1 AND NOT (bucket = ? AND bucket_ready AND NOT bucket_created)"
		result := tx.Exec(update, name, true, false, name)
		if result.Error != nil || result.RowsAffected == 0 {
			return result.Error
		}
		return record(tx, act, usage.Activity{Action: "associated", Noun: "S3 bucket", ObjectID: name, Name: name})
	})
}

// RecordBucketCheck keeps the outcome of a connection test: failure in plain
// words, empty if it passed.
func (s *Store) RecordBucketCheck(ctx context.Context, act usage.Act, failure string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE settings SET checked_at = ?, check_failure = ? WHERE id = 1", db.UTC(act.At), failure).Error
	})
}

// SetCrossAccount turns cross-account inventory search on or off.
func (s *Store) SetCrossAccount(ctx context.Context, act usage.Act, on bool) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		result := tx.Exec("UPDATE settings SET cross_account = ?, version = version + 1 WHERE id = 1 AND cross_account <> ?", on, on)
		if result.Error != nil || result.RowsAffected == 0 {
			return result.Error
		}
		action := "turned off"
		if on {
			action = "turned on"
		}
		return record(tx, act, usage.Activity{Action: action, Noun: "cross-account inventory search"})
	})
}
