package web

import (
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"license-manager/handlers"
)

// writePart is how much is written at once under one deadline, in bytes.
const writePart = 64 << 10

// boundedListener accepts a bounded number of connections, of all clients and of
// each network. Beyond, one gives way: of the network that has too many, or of the
// one that has most. That is one that waits for its client, rather one that never
// had an answer, and of these the one that did nothing for longest.
type boundedListener struct {
	net.Listener
	proxies []netip.Prefix
	limits  connectionLimits

	mu       sync.Mutex
	networks map[netip.Prefix]map[*connection]struct{}
	total    int
}

func newBoundedListener(l net.Listener, proxies []netip.Prefix, limits connectionLimits) *boundedListener {
	return &boundedListener{Listener: l, proxies: proxies, limits: limits, networks: map[netip.Prefix]map[*connection]struct{}{}}
}

// Accept waits for the next connection.
func (l *boundedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &connection{Conn: conn, listener: l, network: handlers.NetworkOf(host(conn.RemoteAddr().String()))}
	c.progress.Store(time.Now().UnixNano())
	if out := l.add(c); out != nil {
		_ = out.Close()
	}
	return c, nil
}

// host is an address without its port.
func host(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}

// add counts a connection and returns the one that gives way, nil if none must.
func (l *boundedListener) add(c *connection) (out *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.networks[c.network] == nil {
		l.networks[c.network] = map[*connection]struct{}{}
	}
	l.networks[c.network][c] = struct{}{}
	l.total++
	trusted := slices.ContainsFunc(l.proxies, func(p netip.Prefix) bool { return p.Overlaps(c.network) })
	crowded := c.network
	switch {
	case l.total > l.limits.total:
		for network, connections := range l.networks {
			if len(connections) > len(l.networks[crowded]) {
				crowded = network
			}
		}
	case trusted || len(l.networks[c.network]) <= l.limits.each:
		return nil
	}
	for other := range l.networks[crowded] {
		if other != c && (out == nil || other.before(out)) {
			out = other
		}
	}
	return out
}

func (l *boundedListener) remove(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if delete(l.networks[c.network], c); len(l.networks[c.network]) == 0 {
		delete(l.networks, c.network)
	}
}

// connection is one of a boundedListener. Each write prolongs its deadline for
// the next, so that a client that never reads does not stay.
type connection struct {
	net.Conn
	listener *boundedListener
	network  netip.Prefix
	progress atomic.Int64 // when a byte was read or written last, as Unix nanoseconds
	answered atomic.Bool  // a request is being answered: it is the client that waits
	writing  atomic.Bool  // but not while it must read
	served   atomic.Bool  // a request was answered before
	closed   sync.Once
}

// idle reports whether the server waits for the client.
func (c *connection) idle() bool { return !c.answered.Load() || c.writing.Load() }

// before reports whether c gives way before another connection does.
func (c *connection) before(other *connection) bool {
	if c.idle() != other.idle() {
		return c.idle()
	}
	if served := c.served.Load(); served != other.served.Load() {
		return !served
	}
	return c.progress.Load() < other.progress.Load()
}

// Read reads what the client sends.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.progress.Store(time.Now().UnixNano())
	}
	return n, err
}

// Write waits no longer than the limit for the client to read each part.
func (c *connection) Write(p []byte) (written int, err error) {
	c.writing.Store(true)
	defer c.writing.Store(false)
	for err == nil && len(p) > 0 {
		now := time.Now()
		_ = c.SetWriteDeadline(now.Add(c.listener.limits.stall)) // what is wrong with the connection, Write tells
		part := p[:min(len(p), writePart)]
		var n int
		n, err = c.Conn.Write(part)
		written += n
		p = p[n:]
		c.progress.Store(now.UnixNano())
	}
	return written, err
}

// Close ends the connection.
func (c *connection) Close() error {
	c.closed.Do(func() { c.listener.remove(c) })
	return c.Conn.Close()
}
