package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	// A connection says what it wants soon, or goes.
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	headerLimit   = 16 << 10 // bytes
)

// connectionLimits bound what clients can hold. A whole request or answer may
// take long, since files are as long as they are: it is the client that must go
// on.
type connectionLimits struct {
	total   int           // connections
	each    int           // of one network; trusted proxies have none
	stall   time.Duration // without a byte read of a body, or written of an answer
	longest time.Duration // to read a body
}

func usualLimits() connectionLimits {
	return connectionLimits{total: 2048, each: 512, stall: 30 * time.Second, longest: 2 * time.Hour}
}

// Server serves HTTP at an address. Both the console and the embedded S3 server
// are one.
type Server struct {
	http     *http.Server
	listener net.Listener
	limits   connectionLimits
	failed   chan error
}

// Listen takes the address; nothing is answered before Start. Trusted proxies
// may have any number of connections.
func Listen(ctx context.Context, address string, proxies []netip.Prefix, logger *slog.Logger) (*Server, error) {
	return listen(ctx, address, proxies, logger, usualLimits())
}

func listen(ctx context.Context, address string, proxies []netip.Prefix, logger *slog.Logger, limits connectionLimits) (*Server, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Server{
		http: &http.Server{
			ReadHeaderTimeout: headerTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    headerLimit,
			ConnContext:       withConnection,
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // faults of clients
		},
		listener: newBoundedListener(listener, proxies, limits),
		limits:   limits,
		failed:   make(chan error, 1),
	}, nil
}

// Addr is where the server listens; the port is known even if it was chosen
// by the system.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Start answers requests from now on.
func (s *Server) Start(handler http.Handler) {
	s.http.Handler = boundBodies(handler, s.limits)
	go func() {
		if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
}

// Failed tells why the server stopped answering by itself.
func (s *Server) Failed() <-chan error { return s.failed }

// Stop takes no more requests and waits for those that run until ctx ends;
// then they are cut.
func (s *Server) Stop(ctx context.Context) error {
	if s.http.Handler == nil {
		return s.listener.Close()
	}
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return s.http.Close()
	}
	return err
}

// connectionKey is where the context of a request has its connection.
type connectionKey struct{}

func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, c)
}

// boundBodies gives the body of each request a deadline that each read
// prolongs, and notes whether the client waits or the server.
func boundBodies(next http.Handler, limits connectionLimits) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Context().Value(connectionKey{}).(*connection)
		if r.Body == http.NoBody {
			c.answered.Store(true)
		} else {
			body := &slowBody{ReadCloser: r.Body, connection: c, control: http.NewResponseController(w), stall: limits.stall, last: time.Now().Add(limits.longest)}
			body.wait() // also for the server, which reads what the handler leaves
			defer body.wait()
			r.Body = body
		}
		defer func() {
			c.served.Store(true)
			c.answered.Store(false)
		}()
		next.ServeHTTP(w, r)
	})
}

// slowBody is the body of a request from a client that may be slow, but not for
// ever.
type slowBody struct {
	io.ReadCloser
	connection *connection
	control    *http.ResponseController
	stall      time.Duration
	last       time.Time // when all of it must be there
	ended      bool
}

// Read waits for the next part no longer than stall. Once all is read the answer
// takes as long as it takes: the server reads on, to learn when the client goes.
func (b *slowBody) Read(p []byte) (int, error) {
	b.wait()
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) && !b.ended {
		b.ended = true
		b.connection.answered.Store(true)
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// wait sets the deadline of the next read.
func (b *slowBody) wait() {
	if b.ended {
		return
	}
	deadline := time.Now().Add(b.stall)
	if deadline.After(b.last) {
		deadline = b.last
	}
	_ = b.control.SetReadDeadline(deadline)
}
