package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// SignInKey is the key of a user name as typed: users are looked up by it, and
// it is unique among them. It is empty for what can be no user's name.
func SignInKey(typed string) string {
	key := usage.FoldName(strings.TrimSpace(normalize(typed)))
	if !utf8.ValidString(typed) || strings.ContainsRune(typed, 0) || utf8.RuneCountInString(key) > usage.MaxUserNameLength {
		return ""
	}
	return key
}

// SignInUser returns the user with a key, and whether that user has signed in
// from a network before. The zero User stands for nobody, which takes the same
// query.
func (s *Store) SignInUser(ctx context.Context, key, network string) (u usage.User, familiar bool, err error) {
	cells := []any{&u.ID, &u.Name, &u.NameKey, &u.PasswordHash, &u.Role, &u.SessionEpoch, &u.CreatedAt, &u.UpdatedAt, &u.TimeZone, &familiar}
	const query = `
SELECT id, name, name_key, password_hash, role, session_epoch, created_at, updated_at, time_zone,
	EXISTS (SELECT 1 FROM sign_in_networks n WHERE n.user_id = users.id AND n.network = ?)
FROM users WHERE name_key = ?`
	err = s.queryRow(ctx, cells, query, network, key)
	if errors.Is(err, sql.ErrNoRows) {
		return usage.User{}, false, nil
	}
	return u, familiar, db.Translate(err)
}

// signInNetworksKept is how many networks of a user are remembered, the last ones.
const signInNetworksKept = 20

// RecordSignIn records that a user has signed in, and from which network.
func (s *Store) RecordSignIn(ctx context.Context, act usage.Act, u usage.User, network string) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		const insert = `
INSERT INTO sign_in_networks (user_id, network, signed_in_at) VALUES (?, ?, ?)
ON CONFLICT (user_id, network) DO UPDATE SET signed_in_at = excluded.signed_in_at`
		if err := tx.Exec(insert, u.ID, network, db.UTC(act.At)).Error; err != nil {
			return err
		}
		const forget = `
DELETE FROM sign_in_networks WHERE user_id = ? AND network NOT IN (
	SELECT network FROM sign_in_networks WHERE user_id = ? ORDER BY signed_in_at DESC, network LIMIT ?)`
		if err := tx.Exec(forget, u.ID, u.ID, signInNetworksKept).Error; err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: "signed in", Noun: "user", ObjectID: fmt.Sprint(u.ID), Name: u.Name})
	})
}

// RecordFailedSignIn records that somebody entered a wrong password for a user,
// and for how long no other one is taken from there then; 0 if it is.
func (s *Store) RecordFailedSignIn(ctx context.Context, act usage.Act, u usage.User, locked time.Duration) error {
	a := usage.Activity{Action: "failed to sign in as", Noun: "user", ObjectID: fmt.Sprint(u.ID), Name: u.Name}
	if locked > 0 {
		a.Detail = fmt.Sprintf("locked for %s", locked.Round(time.Second))
	}
	return s.db.Tx(ctx, func(tx *gorm.DB) error { return record(tx, act, a) })
}
