package handlers

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestThrottleCountsNamesAndAddressesApart(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(), time.Unix(1_000_000, 0)
	for i := range attemptsAllowed {
		if !th.take(newAttempt("Ada", "192.0.2.1"), now.Add(time.Duration(i)*time.Second)) {
			t.Fatalf("attempt %d refused", i+1)
		}
	}
	for _, c := range []struct {
		name, address string
		after         time.Duration
		want          bool
	}{
		{"ada", "192.0.2.1", time.Minute, false},
		{"ADA", "192.0.2.1", attemptsForgotten - time.Second, false},
		{"ada", "192.0.2.2", time.Minute, true},
		{"bob", "192.0.2.1", time.Minute, true},
		{"ada", "192.0.2.1", attemptsForgotten, true},
	} {
		if got := th.take(newAttempt(c.name, c.address), now.Add(c.after)); got != c.want {
			t.Errorf("%s from %s after %s: %v", c.name, c.address, c.after, got)
		}
	}
}

func TestThrottleForgives(t *testing.T) {
	t.Parallel()
	th, now, who := newThrottle(), time.Unix(1_000_000, 0), newAttempt("ada", "192.0.2.1")
	for range 3 * attemptsAllowed {
		if !th.take(who, now) {
			t.Fatal("refused after a good attempt")
		}
		th.forgive(who)
	}
}

func TestThrottleIsBounded(t *testing.T) {
	t.Parallel()
	th, now := newThrottle(), time.Unix(1_000_000, 0)
	for i := range 2 * attemptsKept {
		th.take(newAttempt(fmt.Sprint(i), strings.Repeat("x", 10)), now)
	}
	if n := len(th.young) + len(th.old); n > attemptsKept || n < attemptsKept/2 {
		t.Errorf("%d attempts kept", n)
	}
	if n := len(newAttempt(strings.Repeat("x", 1<<20), "").name); n > 1000 {
		t.Errorf("a name of %d bytes kept", n)
	}
}
