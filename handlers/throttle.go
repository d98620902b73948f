package handlers

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// failuresAllowed wrong passwords for one name from one network lock that
	// pair until failuresForgotten after the first of them.
	failuresAllowed   = 5
	failuresForgotten = 5 * time.Minute
	// accountFailuresFree wrong passwords for one name from networks where it
	// has never signed in cost nothing. After each further one such networks
	// wait, twice as long each time, accountDelayMax at most.
	accountFailuresFree = 10
	accountDelayMax     = 15 * time.Minute
	// networkBudget is how many wrong passwords a network may send at once,
	// for whatever names; one more comes every networkRefill.
	networkBudget = 50
	networkRefill = 5 * time.Second
	// failuresKept bounds the names that are counted, of networks and of
	// accounts. Two passwords checked at a time give less in failuresForgotten.
	failuresKept = 20_000
)

// throttle counts failed sign-ins by the key under which a user is looked up,
// and by network. It knows only this process: with several replicas each allows
// as many. What still counts is never forgotten.
type throttle struct {
	mu       sync.Mutex
	networks map[netip.Prefix]*network
	accounts map[string]failures  // by name, from networks that the user does not use
	familiar map[attempt]failures // from networks that the user uses: as many as there are of those
	names    int                  // in all networks
	full     time.Time            // until then there is no room
}

// attempt is who tries to sign in, and from where.
type attempt struct {
	name     string // store.SignInKey
	network  netip.Prefix
	familiar bool // the user has signed in from there before
}

// failures is how often somebody failed.
type failures struct {
	n           int
	first, last time.Time
}

// network is what a network did.
type network struct {
	names   map[string]failures
	spent   float64   // of its budget, at the time of at
	at      time.Time // of its last attempt
	stopped time.Time // until then it is refused whole
}

func newThrottle() *throttle {
	return &throttle{networks: map[netip.Prefix]*network{}, accounts: map[string]failures{}, familiar: map[attempt]failures{}}
}

// NetworkOf is the network that an address stands for: itself, or its /64 in
// IPv6, of which one visitor has all addresses (RFC 6177).
func NetworkOf(address string) netip.Prefix {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip = ip.Unmap().WithZone("")
	bits := ip.BitLen()
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.Prefix(bits) // never fails for these numbers
	return prefix
}

// take counts an attempt as failed before its password is checked, so that many
// at once count too. If it must not be checked, wait is how long that will last.
func (t *throttle) take(a attempt, now time.Time) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.wait(a, now); wait > 0 {
		return wait
	}
	if a.familiar {
		t.familiar[a] = t.familiar[a].add(now)
		return 0
	}
	if !t.room(a, now) {
		return failuresForgotten
	}
	n := t.networks[a.network]
	if n == nil {
		n = &network{names: map[string]failures{}}
		t.networks[a.network] = n
	}
	if _, counted := n.names[a.name]; !counted {
		t.names++
	}
	n.names[a.name] = n.names[a.name].add(now)
	n.spent, n.at = n.spentAt(now)+1, now
	account := t.accounts[a.name]
	if now.Sub(account.last) >= account.kept() {
		account = failures{first: now}
	}
	account.n, account.last = account.n+1, now
	t.accounts[a.name] = account
	return 0
}

// add counts one more, of those within failuresForgotten.
func (f failures) add(now time.Time) failures {
	if now.Sub(f.first) >= failuresForgotten {
		f = failures{first: now}
	}
	f.n, f.last = f.n+1, now
	return f
}

// locked is how long a name and a network are locked from now on.
func (f failures) locked(now time.Time) time.Duration {
	if f.n < failuresAllowed {
		return 0
	}
	return f.first.Add(failuresForgotten).Sub(now)
}

// delay is how long an account waits after its last failure.
func (f failures) delay() time.Duration {
	if f.n < accountFailuresFree {
		return 0
	}
	return min(time.Second<<min(f.n-accountFailuresFree, 30), accountDelayMax)
}

// kept is how long the failures of an account count after the last of them.
func (f failures) kept() time.Duration { return failuresForgotten + 2*f.delay() }

func (n *network) spentAt(now time.Time) float64 {
	return max(0, n.spent-now.Sub(n.at).Seconds()/networkRefill.Seconds())
}

// wait is how long an attempt is refused from now on.
func (t *throttle) wait(a attempt, now time.Time) time.Duration {
	if a.familiar {
		return t.familiar[a].locked(now)
	}
	account := t.accounts[a.name]
	wait := max(0, account.last.Add(account.delay()).Sub(now))
	if n := t.networks[a.network]; n != nil {
		over := n.spentAt(now) + 1 - networkBudget
		wait = max(wait, n.names[a.name].locked(now), n.stopped.Sub(now), time.Duration(over*float64(networkRefill)))
	}
	return wait
}

// locked is wait for those who want to tell.
func (t *throttle) locked(a attempt, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wait(a, now)
}

// room makes sure that a name can be counted. When too many are, those of the
// network that has most give way: it is refused whole for as long as they count.
func (t *throttle) room(a attempt, now time.Time) bool {
	switch {
	case t.counted(a) || t.fits():
		return true
	case now.Before(t.full):
		return false
	}
	if t.sweep(now); t.fits() {
		return true
	}
	most := t.most()
	if n := t.networks[most]; len(t.accounts) < failuresKept && most != a.network && len(n.names) > 1 {
		t.names -= len(n.names)
		n.names, n.stopped = map[string]failures{}, now.Add(failuresForgotten)
		return true
	}
	t.full = now.Add(time.Second) // to look at all of them takes a while
	return false
}

// counted reports whether an attempt takes no more memory.
func (t *throttle) counted(a attempt) bool {
	n := t.networks[a.network]
	return n != nil && n.names[a.name].n > 0 && t.accounts[a.name].n > 0
}

// fits reports whether one more can be counted.
func (t *throttle) fits() bool {
	return t.names+len(t.networks) < failuresKept && len(t.accounts) < failuresKept
}

// most is the network with most names.
func (t *throttle) most() (most netip.Prefix) {
	names := -1
	for prefix, n := range t.networks {
		if len(n.names) > names {
			most, names = prefix, len(n.names)
		}
	}
	return most
}

// sweep forgets what no longer counts.
func (t *throttle) sweep(now time.Time) {
	for prefix, n := range t.networks {
		for name, f := range n.names {
			if now.Sub(f.first) >= failuresForgotten {
				delete(n.names, name)
				t.names--
			}
		}
		if len(n.names) == 0 && n.spentAt(now) == 0 && !now.Before(n.stopped) {
			delete(t.networks, prefix)
		}
	}
	for name, f := range t.accounts {
		if now.Sub(f.last) >= f.kept() {
			delete(t.accounts, name)
		}
	}
	for a, f := range t.familiar {
		if now.Sub(f.first) >= failuresForgotten {
			delete(t.familiar, a)
		}
	}
}

// forgive takes back the attempts of somebody whose last one was good. Failures
// of others for the same account go on to count.
func (t *throttle) forgive(a attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a.familiar {
		delete(t.familiar, a)
		return
	}
	n := t.networks[a.network]
	if n == nil || n.names[a.name].n == 0 {
		return // the network was stopped meanwhile
	}
	own := n.names[a.name].n
	delete(n.names, a.name)
	t.names--
	n.spent = max(0, n.spent-1)
	account := t.accounts[a.name]
	if account.n = account.n - own; account.n > 0 {
		t.accounts[a.name] = account
	} else {
		delete(t.accounts, a.name)
	}
}
