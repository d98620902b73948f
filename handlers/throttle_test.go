package handlers

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func from(name, address string) attempt { return attempt{name: name, network: NetworkOf(address)} }

// at is a moment of the tests' clock.
func at(d time.Duration) time.Time { return time.Unix(1_000_000, 0).Add(d) }

func TestThrottleCountsNamesAndNetworksApart(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	for i := range failuresAllowed {
		if wait := th.take(from("ada", "192.0.2.1"), at(time.Duration(i)*time.Second)); wait != 0 {
			t.Fatalf("attempt %d waits %s", i+1, wait)
		}
	}
	for _, c := range []struct {
		name, address string
		after, want   time.Duration
	}{
		{"ada", "192.0.2.1", time.Minute, 4 * time.Minute},
		{"ada", "192.0.2.1", failuresForgotten - time.Second, time.Second},
		{"ada", "::ffff:192.0.2.1", time.Minute, 4 * time.Minute},
		{"ada", "192.0.2.2", time.Minute, 0},
		{"bob", "192.0.2.1", time.Minute, 0},
		{"ada", "192.0.2.1", failuresForgotten, 0},
	} {
		if got := th.take(from(c.name, c.address), at(c.after)); got != c.want {
			t.Errorf("%s from %s after %s waits %s, want %s", c.name, c.address, c.after, got, c.want)
		}
	}
}

func TestThrottleTakesANetworkOfIPv6AsOneVisitor(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	for i := range failuresAllowed {
		th.take(from("ada", fmt.Sprintf("2001:db8::%d", i+1)), at(0))
	}
	if th.take(from("ada", "2001:db8::ffff:1"), at(time.Second)) == 0 {
		t.Error("another address of the same /64 is not locked")
	}
	if wait := th.take(from("ada", "2001:db8:0:1::1"), at(time.Second)); wait != 0 {
		t.Errorf("another /64 waits %s", wait)
	}
}

func TestThrottleForgives(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	for range 10 * networkBudget {
		if wait := th.take(from("ada", "192.0.2.1"), at(0)); wait != 0 {
			t.Fatalf("waits %s after a good attempt", wait)
		}
		th.forgive(from("ada", "192.0.2.1"))
	}
	if len(th.accounts) != 0 || th.names != 0 {
		t.Errorf("good attempts are kept: %d accounts, %d names", len(th.accounts), th.names)
	}
}

// TestThrottleOfAnAccountGrows guesses the password of one user from ever other
// addresses.
func TestThrottleOfAnAccountGrows(t *testing.T) {
	t.Parallel()
	th, now, checked := newThrottle(), at(0), 0
	for i := 0; now.Before(at(24 * time.Hour)); i++ {
		wait := th.take(from("ada", fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), now)
		if wait == 0 {
			checked++
		}
		now = now.Add(wait)
	}
	if most := accountFailuresFree + 12 + 24*4; checked > most {
		t.Errorf("%d passwords checked in a day, want at most %d", checked, most)
	}
	home := attempt{name: "ada", network: NetworkOf("192.0.2.1"), familiar: true}
	if wait := th.take(home, now); wait != 0 {
		t.Errorf("from where she usually is, she waits %s", wait)
	}
	if wait := th.take(from("bob", "10.0.0.1"), now); wait != 0 {
		t.Errorf("somebody else waits %s", wait)
	}
}

func TestThrottleHasABudgetForEachNetwork(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	checked := 0
	for i := range 12_000 {
		if th.take(from(fmt.Sprint("invented ", i), "192.0.2.1"), at(time.Duration(i)*time.Millisecond)) == 0 {
			checked++
		}
	}
	if most := networkBudget + 3; checked > most {
		t.Errorf("%d passwords of one network checked in 12 seconds, want at most %d", checked, most)
	}
	if wait := th.take(from("ada", "192.0.2.2"), at(0)); wait != 0 {
		t.Errorf("another network waits %s", wait)
	}
}

// TestThrottleForgetsNoLock pushes 12,000 invented names from one address, and
// then many more from ever other networks, after the names that are locked.
func TestThrottleForgetsNoLock(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	familiar := attempt{name: "ada", network: NetworkOf("192.0.2.9"), familiar: true}
	for range failuresAllowed {
		th.take(from("ada", "192.0.2.1"), at(0))
		th.take(familiar, at(0))
	}
	for i := range 12_000 {
		th.take(from(fmt.Sprint("invented ", i), "192.0.2.1"), at(time.Second))
	}
	for i := range failuresKept + 5000 {
		th.take(from(fmt.Sprint("invented ", i), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), at(time.Second))
	}
	for _, a := range []attempt{from("ada", "192.0.2.1"), familiar} {
		if th.take(a, at(time.Minute)) == 0 {
			t.Errorf("%+v is not locked any more", a)
		}
	}
	if n := th.names + len(th.networks) + len(th.accounts); n > 2*failuresKept+2 {
		t.Errorf("%d names, networks and accounts kept", n)
	}
	if wait := th.take(from("zoe", "172.16.0.1"), at(failuresForgotten+time.Minute)); wait != 0 {
		t.Errorf("once all that no longer counts, a new name waits %s", wait)
	}
}

// TestThrottleMakesRoom fills the memory from few networks: those are refused,
// not a newcomer.
func TestThrottleMakesRoom(t *testing.T) {
	t.Parallel()
	th := newThrottle()
	for i := 0; th.fits(); i++ {
		th.take(from(fmt.Sprint("invented ", i), fmt.Sprintf("10.0.%d.%d", i/networkBudget>>8, i/networkBudget&255)), at(0))
	}
	if wait := th.take(from("invented 1", "192.0.2.1"), at(time.Second)); wait != 0 {
		t.Errorf("a newcomer waits %s", wait)
	}
	stopped := 0
	for _, n := range th.networks {
		if at(time.Second).Before(n.stopped) {
			stopped++
		}
	}
	if stopped != 1 {
		t.Errorf("%d networks are refused whole, want 1", stopped)
	}
}

func TestNetworksOfAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "::ffff:192.0.2.7": "192.0.2.7/32", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "::1": "::/64",
	} {
		if got := NetworkOf(address); got.String() != want {
			t.Errorf("%s is of %s, want %s", address, got, want)
		}
	}
	if got := NetworkOf("no address"); got != (netip.Prefix{}) {
		t.Errorf("no address is of %s", got)
	}
}
