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

// forget makes the next page count again.
func (n *counts) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.expires = time.Time{}
}
