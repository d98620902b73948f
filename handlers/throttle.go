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
// replicas each allows as many. When there are too many to keep, the older
// half is forgotten, at no cost.
type throttle struct {
	mu         sync.Mutex
	young, old map[attempt]attempts
}

// attempt is who tries to sign in, and from where.
type attempt struct{ name, address string }

// attempts is how often somebody tried since a moment.
type attempts struct {
	n     int
	since time.Time
}

func newThrottle() *throttle { return &throttle{young: map[attempt]attempts{}} }

// newAttempt is the key of a user name as typed.
func newAttempt(name, address string) attempt {
	return attempt{name: usage.FoldName(name[:min(len(name), usage.MaxUserNameLength*4)]), address: address}
}

// take counts an attempt before its password is checked, so that many at once
// count too; false if there have been too many.
func (t *throttle) take(a attempt, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	seen, ok := t.young[a]
	if !ok {
		seen = t.old[a]
	}
	if now.Sub(seen.since) >= attemptsForgotten {
		seen = attempts{since: now}
	}
	if seen.n >= attemptsAllowed {
		return false
	}
	seen.n++
	if len(t.young) >= attemptsKept/2 {
		t.young, t.old = map[attempt]attempts{}, t.young
	}
	t.young[a] = seen
	return true
}

// forgive forgets the attempts after a good one.
func (t *throttle) forgive(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.young, a)
	delete(t.old, a)
}
