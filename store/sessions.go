package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
)

// Sessions keeps the data of browser sessions under a hash of their tokens,
// so that who reads the database can't take over a session. Its methods are
// those that alexedwards/scs asks of a store.
type Sessions struct {
	store *Store
	now   func() time.Time
}

// Sessions returns the sessions of s; now tells which have expired.
func (s *Store) Sessions(now func() time.Time) *Sessions { return &Sessions{store: s, now: now} }

// sessionRead is what a request has read of its session, and sessionReadKey is
// where its context keeps that.
type (
	sessionRead    struct{ tokenHash, data string }
	sessionReadKey struct{}
)

// WatchSession returns a context for one request. The session that FindCtx
// reads with it is remembered, so that CommitCtx changes nothing that another
// request has written since.
func WatchSession(ctx context.Context) context.Context {
	return context.WithValue(ctx, sessionReadKey{}, &sessionRead{})
}

// FindCtx returns the data of a session, false if there is none or it has
// expired.
func (s *Sessions) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data []byte
	var expires time.Time
	err := s.store.queryRow(ctx, []any{&data, &expires}, "SELECT data, expires_at FROM sessions WHERE token_hash = ?", tokenHash(token))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil || !s.now().Before(expires) {
		return nil, false, db.Translate(err)
	}
	if read, ok := ctx.Value(sessionReadKey{}).(*sessionRead); ok {
		*read = sessionRead{tokenHash: tokenHash(token), data: string(data)}
	}
	return data, true, nil
}

// CommitCtx writes the data of a session, which ends at expiry. It returns
// ErrStale if the session is another one than FindCtx read with the same
// context of WatchSession: changed by another request, or ended.
func (s *Sessions) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	hash := tokenHash(token)
	return s.store.db.Tx(ctx, func(tx *gorm.DB) error {
		if read, ok := ctx.Value(sessionReadKey{}).(*sessionRead); ok && read.tokenHash == hash {
			return db.Changed(tx.Exec("UPDATE sessions SET data = ?, expires_at = ? WHERE token_hash = ? AND data = ?",
				data, db.UTC(expiry), hash, []byte(read.data)), fmt.Errorf("session: %w", ErrStale))
		}
		return tx.Exec(`
INSERT INTO sessions (token_hash, data, expires_at) VALUES (?, ?, ?)
ON CONFLICT (token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`,
			hash, data, db.UTC(expiry)).Error
	})
}

// DeleteCtx ends a session; that there is none is no error.
func (s *Sessions) DeleteCtx(ctx context.Context, token string) error {
	return s.store.db.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM sessions WHERE token_hash = ?", tokenHash(token)).Error
	})
}

// Find is FindCtx without a context.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *Sessions) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *Sessions) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Sweep deletes the sessions that have expired.
func (s *Sessions) Sweep(ctx context.Context) error {
	return s.store.db.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM sessions WHERE expires_at <= ?", db.UTC(s.now())).Error
	})
}
