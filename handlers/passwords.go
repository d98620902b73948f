package handlers

import (
	"context"
	"fmt"

	"github.com/alexedwards/argon2id"
)

// hashing says how passwords are hashed: argon2id as OWASP advises.
func hashing() *argon2id.Params {
	return &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// HashPassword returns the form in which the store keeps a password. It takes
// a while on purpose, so it never happens inside a transaction.
func HashPassword(password string) (string, error) {
	hash, err := argon2id.CreateHash(password, hashing())
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return hash, nil
}

// checksAtOnce bounds the memory and processors that visitors can take by
// sending passwords.
const checksAtOnce = 2

// passwords checks passwords, a few at a time.
type passwords struct {
	slots chan struct{}
	dummy string // the hash of a password that nobody has
}

func newPasswords() passwords {
	// Its form is what counts: checking it takes as long as checking a real one.
	const dummy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	return passwords{slots: make(chan struct{}, checksAtOnce), dummy: dummy}
}

// match reports whether the password has that hash. An empty hash stands for a
// user who does not exist; it takes the same time.
func (p passwords) match(ctx context.Context, password, hash string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, p.dummy)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

// hash is HashPassword, a few at a time.
func (p passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	return HashPassword(password)
}

func (p passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

func (p passwords) leave() { <-p.slots }
