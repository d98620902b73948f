package handlers

import (
	"context"
	"fmt"
	"net/netip"

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

// checkLimits bound the memory and processors that visitors can take by sending
// passwords, by network. The queue is as long as takes about a second.
func checkLimits() GateLimits { return GateLimits{Total: 2, Each: 2, Queue: 32} }

// passwords checks passwords, a few at a time.
type passwords struct {
	gate  *Gate[netip.Prefix]
	dummy string // the hash of a password that nobody has
}

func newPasswords() passwords {
	// Its form is what counts: checking it takes as long as checking a real one.
	const dummy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	return passwords{gate: NewGate[netip.Prefix](checkLimits()), dummy: dummy}
}

// match reports whether the password has that hash. An empty hash stands for a
// user who does not exist; it takes the same time. The caller is inside the gate.
func (p passwords) match(password, hash string) (bool, error) {
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(password, p.dummy)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

// hash is HashPassword, a few at a time.
func (p passwords) hash(ctx context.Context, from netip.Prefix, password string) (string, error) {
	leave, err := p.gate.Enter(ctx, from)
	if err != nil {
		return "", err
	}
	defer leave()
	return HashPassword(password)
}
