package handlers

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// queue asks a gate for a place and returns once it waits in the queue or was
// answered. The answer comes in the channel.
func queue(t *testing.T, g *Gate[string], key string) <-chan error {
	t.Helper()
	w, err := g.join(key)
	answer := make(chan error, 1)
	if err != nil {
		answer <- err
		return answer
	}
	go func() {
		if <-w.turn {
			answer <- nil
		} else {
			answer <- ErrBusy
		}
	}()
	return answer
}

func TestGateTakesTurnsAmongKeys(t *testing.T) {
	t.Parallel()
	g := NewGate[string](GateLimits{Total: 1, Each: 1, Queue: 10})
	leave, err := g.Enter(t.Context(), "inside")
	if err != nil {
		t.Fatal(err)
	}
	var waiting []<-chan error
	keys := []string{"often", "often", "often", "seldom", "once"}
	for _, key := range keys {
		waiting = append(waiting, queue(t, g, key))
	}
	leave()
	for _, next := range []int{0, 3, 4, 1, 2} {
		if err := <-waiting[next]; err != nil {
			t.Fatalf("%s (%d): %v", keys[next], next, err)
		}
		g.leave(keys[next])
	}
}

func TestGateGivesPlacesOfTheQueueToWhoeverAsksSeldom(t *testing.T) {
	t.Parallel()
	g := NewGate[string](GateLimits{Total: 1, Each: 1, Queue: 2})
	leave, err := g.Enter(t.Context(), "inside")
	if err != nil {
		t.Fatal(err)
	}
	first, second := queue(t, g, "often"), queue(t, g, "often")
	if _, err := g.Enter(t.Context(), "often"); !errors.Is(err, ErrBusy) {
		t.Errorf("a third of the same key: %v", err)
	}
	seldom := queue(t, g, "seldom")
	if err := <-second; !errors.Is(err, ErrBusy) {
		t.Errorf("the last of the key that asks often: %v", err)
	}
	leave()
	if err := <-first; err != nil {
		t.Error(err)
	}
	g.leave("often")
	if err := <-seldom; err != nil {
		t.Error(err)
	}
}

func TestGateBoundsEachKey(t *testing.T) {
	t.Parallel()
	g := NewGate[string](GateLimits{Total: 3, Each: 1, Queue: 0})
	if _, err := g.Enter(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Enter(t.Context(), "a"); !errors.Is(err, ErrBusy) {
		t.Errorf("a second of the same key: %v", err)
	}
	if _, err := g.Enter(t.Context(), "b"); err != nil {
		t.Errorf("another key: %v", err)
	}
}

func TestGateLetsWaitersGiveUp(t *testing.T) {
	t.Parallel()
	g := NewGate[string](GateLimits{Total: 1, Each: 1, Queue: 1})
	leave, err := g.Enter(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Enter(ctx, "b"); !errors.Is(err, ErrBusy) || !errors.Is(err, context.Canceled) {
		t.Errorf("gave up: %v", err)
	}
	leave()
	if leave, err = g.Enter(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	leave()
	if len(g.inside) != 0 || g.total != 0 || len(g.waiting) != 0 {
		t.Errorf("left behind: %v, %d, %d", g.inside, g.total, len(g.waiting))
	}
}

func TestGateHoldsItsBoundsWithMany(t *testing.T) {
	t.Parallel()
	g := NewGate[int](GateLimits{Total: 3, Each: 2, Queue: 1000})
	var mu sync.Mutex
	inside, all := map[int]int{}, 0
	var done sync.WaitGroup
	for i := range 200 {
		done.Go(func() {
			key := i % 5
			leave, err := g.Enter(t.Context(), key)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			all++
			inside[key]++
			if all > 3 || inside[key] > 2 {
				t.Errorf("%d inside, %d of one key", all, inside[key])
			}
			mu.Unlock()
			mu.Lock()
			all--
			inside[key]--
			mu.Unlock()
			leave()
		})
	}
	done.Wait()
	if g.total != 0 || len(g.inside) != 0 {
		t.Errorf("left behind: %d, %v", g.total, g.inside)
	}
}
