package publish

import (
	"sync"
	"time"

	"license-manager/store"
	"license-manager/store/usage"
)

const (
	// mostAhead is how many small runs are claimed at most before a publisher
	// is free for them.
	mostAhead = 500
	// longestWait is how long a claimed run should wait for a publisher: what
	// waits here can't be published by another process.
	longestWait = 2 * time.Second
	// largeEvery is how often large runs are looked for while there are enough
	// small ones.
	largeEvery = 200 * time.Millisecond
)

// pool is what was claimed and who publishes it. Large runs take at most half
// of the publishers, and go first where one is free for them; small ones flow
// past. So neither waits for the other.
type pool struct {
	mu      sync.Mutex
	workers int // publishers
	busy    int
	small   []*task // claimed, and waiting
	large   []*task
	reading int       // publishers of large runs
	ahead   int       // small runs to claim beyond the free publishers
	more    bool      // the last claim came back full: there may be more
	filled  time.Time // when small ones were claimed last
	asked   time.Time // when large runs were looked for last
	closed  bool
}

func newPool(workers int) *pool { return &pool{workers: workers} }

// mostLarge is how many publishers may be at large runs.
func (p *pool) mostLarge() int { return max(1, p.workers/2) }

// room says how many runs to claim. As many are claimed ahead as are published
// in a moment: then one transaction claims hundreds of quick ones, and slow
// ones are left to other processes.
func (p *pool) room(now time.Time) store.Lanes {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return store.Lanes{}
	}
	switch {
	case p.low() && p.more && now.Sub(p.filled) < longestWait/2:
		p.ahead = min(max(2*p.ahead, p.workers), mostAhead)
	case len(p.small) > 0 && now.Sub(p.small[0].since) > longestWait:
		p.ahead /= 2
	}
	room := store.Lanes{Large: max(0, p.mostLarge()-p.reading-len(p.large))}
	if p.low() {
		room.Small, p.filled = max(0, p.ahead+p.workers-p.busy-len(p.small)), now
	}
	if room.Small == 0 && now.Sub(p.asked) < largeEvery {
		return store.Lanes{}
	}
	p.asked = now
	return room
}

// low tells that so few small runs are left that it is time to claim more: they
// last while that is done.
func (p *pool) low() bool { return len(p.small) <= p.ahead/2 }

// claimed learns what came of a claim and reports whether there may be more.
func (p *pool) claimed(runs []usage.Run, room store.Lanes) bool {
	var got store.Lanes
	for _, run := range runs {
		if run.Large {
			got.Large++
		} else {
			got.Small++
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if room.Small > 0 {
		p.more = got.Small == room.Small
	}
	return room.Small > 0 && p.more || room.Large > 0 && got.Large == room.Large
}

// add lets runs wait for a publisher and returns how many more are needed.
func (p *pool) add(b *batch) (idle int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range b.tasks {
		if t.run.Large {
			p.large = append(p.large, t)
		} else {
			p.small = append(p.small, t)
		}
	}
	return min(len(b.tasks), p.workers-p.busy)
}

// take returns the next run for a publisher, nil if there is none. claim tells
// that with it the rest became low, and that there may be more.
func (p *pool) take() (t *task, claim bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.busy == p.workers:
	case len(p.large) > 0 && p.reading < p.mostLarge():
		t, p.large = p.large[0], p.large[1:]
		p.reading++
	case len(p.small) > 0:
		t, p.small = p.small[0], p.small[1:]
		claim = p.more && len(p.small) == p.ahead/2
	}
	if t != nil {
		p.busy++
	}
	return t, claim
}

// done frees the publisher of a run.
func (p *pool) done(t *task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	if t.run.Large {
		p.reading--
	}
}

// waits reports whether small runs wait for a publisher.
func (p *pool) waits() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.small) > 0
}

// close returns what waits. Nothing is taken or claimed any more.
func (p *pool) close() []*task {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := append(p.small, p.large...)
	p.small, p.large, p.closed = nil, nil, true
	return waiting
}
