package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"license-manager/scheduler/bucket/embedded"
)

// serve is the process of a server that runs need beside the product: it listens on this machine, prints where and ends when its
// standard input does, which is when the benchmark ends, however that happens.
func serve(ctx context.Context, args []string) error {
	handler, words, err := server(ctx, args)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(listener) }()
	if _, err := fmt.Println("http://"+listener.Addr().String(), strings.Join(words, " ")); err != nil {
		return err
	}
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		failed <- err
	}()
	return errors.Join(<-failed, s.Close())
}

// server is the handler that the arguments name, with what a client has to know of it.
func server(ctx context.Context, args []string) (http.Handler, []string, error) {
	switch {
	case len(args) == 2 && args[0] == "sink":
		latency, err := time.ParseDuration(args[1])
		return sink{latency}, []string{"bench", "bench"}, err
	case len(args) == 2 && args[0] == "s3":
		s, err := embedded.Open(embedded.Options{Dir: args[1], CredentialsFile: args[1] + "-credentials"})
		if err != nil {
			return nil, nil, err
		}
		id, secret := s.Credentials()
		return s.Handler(), []string{id, secret}, nil
	case len(args) == 2 && args[0] == "fixed":
		h, err := fixed(args[1])
		return h, nil, err
	case len(args) == 3 && args[0] == "template":
		h, err := templated(ctx, args[1], args[2])
		return h, nil, err
	default:
		return nil, nil, fmt.Errorf("serve: unknown %v", args)
	}
}

// neighbor is a process that serves.
type neighbor struct {
	url     string
	words   []string // what it printed behind its URL
	command *exec.Cmd
	input   io.Closer
}

// neighbor starts this program as a server; see serve.
func (b *bench) neighbor(ctx context.Context, args ...string) (*neighbor, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return launch(ctx, self, append([]string{"serve"}, args...)...)
}

// launch starts a server that behaves like serve.
func launch(ctx context.Context, program string, args ...string) (*neighbor, error) {
	n := &neighbor{command: exec.CommandContext(ctx, program, args...)}
	n.command.Stderr = os.Stderr
	var err error
	if n.input, err = n.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := n.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := n.command.Start(); err != nil {
		return nil, err
	}
	line, err := readLine(out)
	words := strings.Fields(line)
	if err != nil || len(words) == 0 {
		n.stop()
		return nil, fmt.Errorf("%s %v did not start: %w", program, args, err)
	}
	n.url, n.words = words[0], words[1:]
	return n, nil
}

// readLine reads no more than a line.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		if _, err := r.Read(one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return string(line), nil
		}
		line = append(line, one[0])
	}
}

// stop ends the process.
func (n *neighbor) stop() {
	n.input.Close()  //nolint:errcheck // the end of the input is all that it waits for
	n.command.Wait() //nolint:errcheck // it has served, whatever it says at its end
}
