package db

import (
	"context"
	"sync"
)

// streamGate holds back new streams while SQLite's write-ahead log has grown too
// large. SQLite begins the log anew only at a moment when nobody reads from it, which
// does not come by itself while long reports follow each other.
type streamGate struct {
	mu   sync.Mutex
	open int           // streams that read now
	wait chan struct{} // closed when new ones may begin; nil while they may
}

// enter waits until a stream may begin; ctx ends the waiting.
func (g *streamGate) enter(ctx context.Context) error {
	for {
		g.mu.Lock()
		wait := g.wait
		if wait == nil {
			g.open++
			g.mu.Unlock()
			return nil
		}
		g.mu.Unlock()
		select {
		case <-wait:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// leave ends a stream.
func (g *streamGate) leave() {
	g.mu.Lock()
	g.open--
	g.mu.Unlock()
}

// idle tells that no stream reads.
func (g *streamGate) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open == 0
}

// setClosed lets no stream begin, or all of them again.
func (g *streamGate) setClosed(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case closed && g.wait == nil:
		g.wait = make(chan struct{})
	case !closed && g.wait != nil:
		close(g.wait)
		g.wait = nil
	}
}
