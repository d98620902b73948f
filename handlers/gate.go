package handlers

import (
	"context"
	"fmt"
	"sync"
)

// A Gate lets a bounded number of requests do something costly at a time. The
// others wait in a bounded queue that is fair to their keys: whoever asks often
// waits behind those who ask seldom, and gives way to them when the queue is
// full. It is safe for concurrent use.
type Gate[K comparable] struct {
	mu      sync.Mutex
	limits  GateLimits
	inside  map[K]int
	total   int
	waiting []*waiter[K] // in the order in which they came
	round   int          // of the waiter who was admitted last
}

// GateLimits say how many a Gate lets through.
type GateLimits struct {
	Total int // at a time
	Each  int // of one key at a time
	Queue int // that wait
}

// waiter waits for its turn.
type waiter[K comparable] struct {
	key   K
	round int       // its place: the second of a key waits a round longer than the first
	turn  chan bool // true: go on; false: somebody else took the place
}

// NewGate returns an empty gate.
func NewGate[K comparable](limits GateLimits) *Gate[K] {
	return &Gate[K]{limits: limits, inside: map[K]int{}}
}

// Enter waits for a place, which leave gives back. ErrBusy means that the queue
// is full, or that ctx ended first.
func (g *Gate[K]) Enter(ctx context.Context, key K) (leave func(), err error) {
	w, err := g.join(key)
	if err != nil {
		return nil, err
	}
	leave = func() { g.leave(key) }
	select {
	case admitted := <-w.turn:
		if !admitted {
			return nil, ErrBusy
		}
		return leave, nil
	case <-ctx.Done():
		if g.abandon(w) {
			leave()
		}
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
}

// join admits the newcomer or puts it into the queue.
func (g *Gate[K]) join(key K) (*waiter[K], error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := &waiter[K]{key: key, round: g.round + 1, turn: make(chan bool, 1)}
	for _, other := range g.waiting {
		if other.key == key {
			w.round = max(w.round, other.round+1)
		}
	}
	g.waiting = append(g.waiting, w)
	g.admit()
	if len(g.waiting) <= g.limits.Queue {
		return w, nil
	}
	last := 0
	for i, other := range g.waiting {
		if other.round >= g.waiting[last].round {
			last = i
		}
	}
	displaced := g.remove(last)
	if displaced == w {
		return nil, ErrBusy
	}
	displaced.turn <- false
	return w, nil
}

// admit lets in those whose turn it is.
func (g *Gate[K]) admit() {
	for g.total < g.limits.Total {
		next := -1
		for i, w := range g.waiting {
			if g.inside[w.key] < g.limits.Each && (next < 0 || w.round < g.waiting[next].round) {
				next = i
			}
		}
		if next < 0 {
			return
		}
		w := g.remove(next)
		g.round = max(g.round, w.round)
		g.inside[w.key]++
		g.total++
		w.turn <- true
	}
}

func (g *Gate[K]) remove(i int) *waiter[K] {
	w := g.waiting[i]
	g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
	return w
}

func (g *Gate[K]) leave(key K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.inside[key]--; g.inside[key] == 0 {
		delete(g.inside, key)
	}
	g.admit()
}

// abandon takes a waiter out of the queue. It reports whether the waiter was
// admitted at the last moment.
func (g *Gate[K]) abandon(w *waiter[K]) (admitted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, other := range g.waiting {
		if other == w {
			g.remove(i)
			return false
		}
	}
	return <-w.turn
}
