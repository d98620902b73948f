package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// UserByID returns a user by one indexed read; ErrNotFound if there is none.
func (s *Store) UserByID(ctx context.Context, id int64) (usage.User, error) {
	var u usage.User
	cells := []any{&u.ID, &u.Name, &u.NameKey, &u.PasswordHash, &u.Role, &u.SessionEpoch, &u.CreatedAt, &u.UpdatedAt, &u.TimeZone}
	const columns = "id, name, name_key, password_hash, role, session_epoch, created_at, updated_at, time_zone"
	if err := s.queryRow(ctx, cells, "SELECT "+columns+" FROM users WHERE id = ?", id); err != nil {
		return usage.User{}, db.Translate(fmt.Errorf("user %d: %w", id, err))
	}
	return u, nil
}

// HasUsers reports whether anyone can sign in.
func (s *Store) HasUsers(ctx context.Context) (bool, error) {
	has, err := hasUsers(s.db.Query(ctx))
	return has, db.Translate(err)
}

func hasUsers(tx *gorm.DB) (bool, error) {
	var n int64
	err := tx.Raw("SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1) t").Scan(&n).Error
	return n > 0, err
}

// noUsers returns ErrUsersExist if there is any user.
func noUsers(tx *gorm.DB) error {
	has, err := hasUsers(tx)
	if err == nil && has {
		err = ErrUsersExist
	}
	return err
}

// CreateUser creates a user and returns it as stored. The password is hashed
// already. What is wrong with the fields comes as usage.FieldErrors.
func (s *Store) CreateUser(ctx context.Context, act usage.Act, u usage.User) (usage.User, error) {
	if err := prepareUser(act, &u); err != nil {
		return usage.User{}, err
	}
	err := s.db.Tx(ctx, func(tx *gorm.DB) error { return createUser(tx, act, &u) })
	return u, err
}

// CreateFirstUser is CreateUser for the first start: ErrUsersExist if there is
// any user. It ends the setup link.
func (s *Store) CreateFirstUser(ctx context.Context, act usage.Act, u usage.User) (usage.User, error) {
	if err := prepareUser(act, &u); err != nil {
		return usage.User{}, err
	}
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		// The row of the settings is the lock: of two at once, one is first.
		if err := tx.Exec("UPDATE settings SET setup_token = '' WHERE id = 1").Error; err != nil {
			return err
		}
		if err := noUsers(tx); err != nil {
			return err
		}
		return createUser(tx, act, &u)
	})
	return u, err
}

func prepareUser(act usage.Act, u *usage.User) error {
	u.Name = normalize(u.Name)
	u.NameKey = SignInKey(u.Name)
	u.SessionEpoch = 1
	u.CreatedAt = db.UTC(act.At)
	u.UpdatedAt = u.CreatedAt
	if u.PasswordHash == "" {
		return fmt.Errorf("user %q: no password hash", u.Name)
	}
	return u.Validate().Err()
}

func createUser(tx *gorm.DB, act usage.Act, u *usage.User) error {
	err := tx.Create(u).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return usage.FieldErrors{{Field: "username", Message: usage.DuplicateUserName(u.Name)}}
	}
	if err != nil {
		return err
	}
	return record(tx, act, usage.Activity{Action: "created", Noun: "user", ObjectID: fmt.Sprint(u.ID), Name: u.Name, Detail: u.Role.Label()})
}

// ResetPassword gives a user another password, hashed already, and ends all
// sessions of that user. ErrNotFound if there is no user of that name.
func (s *Store) ResetPassword(ctx context.Context, act usage.Act, name, hash string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		var u usage.User
		if err := tx.Take(&u, "name_key = ?", SignInKey(name)).Error; err != nil {
			return fmt.Errorf("user %q: %w", name, err)
		}
		update := "UPDATE users SET password_hash = ?, session_epoch = session_epoch + 1, updated_at = ? WHERE id = ?"
		if err := db.Changed(tx.Exec(update, hash, db.UTC(act.At), u.ID), ErrNotFound); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "reset the password of", Noun: "user", ObjectID: fmt.Sprint(u.ID), Name: u.Name})
	})
}

// ChangePassword gives u another password, hashed already, and ends all
// sessions of that user; it returns the user with the number that new ones
// have. ErrStale if the password is no longer the one that u was read with.
func (s *Store) ChangePassword(ctx context.Context, act usage.Act, u usage.User, hash string) (usage.User, error) {
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		update := "UPDATE users SET password_hash = ?, session_epoch = session_epoch + 1, updated_at = ? WHERE id = ? AND password_hash = ?"
		if err := db.Changed(tx.Exec(update, hash, db.UTC(act.At), u.ID, u.PasswordHash), ErrStale); err != nil {
			return fmt.Errorf("user %q: %w", u.Name, err)
		}
		if err := record(tx, act, usage.Activity{Action: "changed the password of", Noun: "user", ObjectID: fmt.Sprint(u.ID), Name: u.Name}); err != nil {
			return err
		}
		return tx.Take(&u, "id = ?", u.ID).Error
	})
	return u, err
}

// SetTimeZone keeps the zone in which a user sees times, empty for that of the
// server. It is nobody else's concern, so no activity tells of it.
func (s *Store) SetTimeZone(ctx context.Context, userID int64, zone string) error {
	if m := usage.TimeZoneProblem(zone); m != "" {
		return usage.FieldErrors{{Field: "time_zone", Message: m}}
	}
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		return db.Changed(tx.Exec("UPDATE users SET time_zone = ? WHERE id = ?", zone, userID), ErrNotFound)
	})
}

// SetSetupToken makes token the one that the setup link must have; an earlier
// link ends. ErrUsersExist if the first start is over. Only a hash is kept.
func (s *Store) SetSetupToken(ctx context.Context, token string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if err := noUsers(tx); err != nil {
			return err
		}
		return tx.Exec("UPDATE settings SET setup_token = ? WHERE id = 1", tokenHash(token)).Error
	})
}

// CheckSetupToken reports whether token is that of the newest setup link and
// there are no users yet.
func (s *Store) CheckSetupToken(ctx context.Context, token string) (bool, error) {
	settings, err := s.Settings(ctx)
	if err != nil || settings.SetupToken == "" {
		return false, err
	}
	if has, err := s.HasUsers(ctx); err != nil || has {
		return false, err
	}
	return subtle.ConstantTimeCompare([]byte(settings.SetupToken), []byte(tokenHash(token))) == 1, nil
}

// tokenHash is what is kept of a random token: who reads the database can't
// use it. Random tokens need no salt and no slow hash.
func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
