package handlers

import (
	"sync"
	"time"

	"license-manager/store/usage"
)

const (
	// attemptsAllowed failed sign-ins of one user name from one address lock
	// that pair until attemptsForgotten after the first of them.
	attemptsAllowed   = 5
	attemptsForgotten = 5 * time.Minute
	// attemptsKept bounds the memory that visitors can take by inventing names.
	attemptsKept = 10_000
)

// throttle counts failed sign-ins. It knows only this process: with several
// replicas each allows as many.
type throttle struct {
	mu   sync.Mutex
	seen map[attempt]attempts
}

// attempt is who tries to sign in, and from where.
type attempt struct{ name, address string }

// attempts is how often somebody tried since a moment.
type attempts struct {
	n     int
	since time.Time
}

func newThrottle() *throttle { return &throttle{seen: map[attempt]attempts{}} }

// newAttempt is the key of a user name as typed.
func newAttempt(name, address string) attempt {
	return attempt{name: usage.FoldName(name[:min(len(name), usage.MaxUserNameLength*4)]), address: address}
}

// take counts an attempt before its password is checked, so that many at once
// count too; false if there have been too many.
func (t *throttle) take(a attempt, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen := t.seen[a]
	if now.Sub(seen.since) >= attemptsForgotten {
		seen = attempts{since: now}
	}
	if seen.n >= attemptsAllowed {
		return false
	}
	seen.n++
	t.makeRoom(now)
	t.seen[a] = seen
	return true
}

// forgive forgets the attempts after a good one.
func (t *throttle) forgive(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, a)
}

// makeRoom drops what is too old and, if that is not enough, any one.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.seen) < attemptsKept {
		return
	}
	for a, seen := range t.seen {
		if now.Sub(seen.since) >= attemptsForgotten {
			delete(t.seen, a)
		}
	}
	for a := range t.seen {
		if len(t.seen) < attemptsKept {
			return
		}
		delete(t.seen, a)
	}
}
