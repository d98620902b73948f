package handlers

import (
	"context"
	"sync"
	"time"

	"license-manager/store"
)

// countsAge is how old the numbers beside the navigation may be. Changes made
// in this process show at once.
const countsAge = 5 * time.Second

// counts keeps the numbers beside the navigation for a moment, since counting
// costs more than the rest of many a page.
type counts struct {
	mu      sync.Mutex
	value   store.Counts
	expires time.Time
	many    map[string]time.Time // by list: until when it is believed to have more rows than are counted
}

// current returns the numbers, from the database if they are too old.
func (n *counts) current(ctx context.Context, h *Console) (store.Counts, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := h.now()
	if now.Before(n.expires) {
		return n.value, nil
	}
	c, err := h.store.Counts(ctx)
	if err != nil {
		return store.Counts{}, err
	}
	n.value, n.expires = c, now.Add(countsAge)
	return n.value, nil
}

// manyKept is how many lists are remembered to have more rows than are counted.
const manyKept = 1000

// total returns how many rows a list had a moment ago if that is more than are
// counted, which takes longest; else 0. A list is told by its address.
func (n *counts) total(list string, now time.Time) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Before(n.many[list]) {
		return store.CountBound + 1
	}
	return 0
}

// note remembers how many rows a list has.
func (n *counts) note(list string, total int64, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch until, known := n.many[list]; {
	case total <= store.CountBound:
		delete(n.many, list)
	case known && now.Before(until): // it was believed, and not counted again
	case n.many == nil || len(n.many) >= manyKept:
		n.many = map[string]time.Time{list: now.Add(countsAge)}
	default:
		n.many[list] = now.Add(countsAge)
	}
}

// forget makes the next page count again.
func (n *counts) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.expires, n.many = time.Time{}, nil
}
