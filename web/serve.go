package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// A connection says what it wants soon, or goes. There is no limit for a
	// whole request or answer: files are as long as they are.
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	headerLimit   = 64 << 10 // bytes
)

// Server serves HTTP at an address.
type Server struct {
	http     *http.Server
	listener net.Listener
	failed   chan error
}

// Listen takes the address; nothing is answered before Start.
func Listen(ctx context.Context, address string, logger *slog.Logger) (*Server, error) {
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
			ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // faults of clients
		},
		listener: listener,
		failed:   make(chan error, 1),
	}, nil
}

// Addr is where the server listens; the port is known even if it was chosen
// by the system.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Start answers requests from now on.
func (s *Server) Start(handler http.Handler) {
	s.http.Handler = handler
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
