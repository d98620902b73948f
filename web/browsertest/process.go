package browsertest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
)

// anyPort lets the system choose a port of this machine.
const anyPort = "127.0.0.1:0"

// Options say how the program is started.
type Options struct {
	Program  string   // path of the binary
	DataDir  string   // made if it is not there
	Listen   string   // host and port; empty for a port that is free
	Database string   // empty for SQLite in the data directory
	Env      []string // variables beside those of this process
}

// Process is the program while it runs.
type Process struct {
	// URL is where browsers find the console.
	URL string
	// S3URL is the endpoint of the embedded S3 server.
	S3URL string
	// SetupURL is the link to create the first administrator; empty where
	// there are users.
	SetupURL string

	command *exec.Cmd
	ready   chan struct{} // closed when the log says that it is ready
	done    chan struct{} // closed when the process has ended
	err     error         // how it ended, after done
	asked   bool          // it was told to end

	mu  sync.Mutex
	log strings.Builder
}

// Start runs the program until it is ready. Its log goes into the error if it
// does not get so far before ctx ends.
func Start(ctx context.Context, o Options) (*Process, error) {
	p := &Process{ready: make(chan struct{}), done: make(chan struct{})}
	// The process outlives ctx.
	p.command = exec.CommandContext(context.WithoutCancel(ctx), o.Program, "--log-format", "json",
		"--listen", cmp.Or(o.Listen, anyPort), "--s3-listen", anyPort, "--data-dir", o.DataDir, "--database", o.Database)
	p.command.Env = append(environment(), o.Env...)
	stderr, err := p.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go p.watch(stderr)
	select {
	case <-p.ready:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("the program ended before it was ready: %w\n%s", p.err, p.Log())
	case <-ctx.Done():
		return nil, errors.Join(fmt.Errorf("the program was not ready in time: %w\n%s", ctx.Err(), p.Log()), p.Kill())
	}
}

// environment is that of this process without what configures the program.
func environment() []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "LICENSE_MANAGER_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// watch reads the log until the process ends.
func (p *Process) watch(log io.Reader) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		p.read(lines.Text())
	}
	p.err = errors.Join(lines.Err(), p.command.Wait())
	close(p.done)
}

// read takes from a line of the log what is known from nowhere else.
func (p *Process) read(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(&p.log, line)
	var entry struct{ Msg string }
	if p.URL != "" || json.Unmarshal([]byte(line), &entry) != nil {
		return
	}
	address := regexp.MustCompile(`http://\S+`).FindString(entry.Msg)
	switch {
	case strings.Contains(address, "/setup?token="):
		p.SetupURL = address
	case strings.Contains(entry.Msg, "S3"):
		p.S3URL = address
	case address != "":
		p.URL = address
		close(p.ready)
	}
}

// Log returns what the program has logged so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// Stop asks the process to end and waits for it. The error tells of any exit
// code but 0, and of an end that nobody asked for. Who has stopped or killed
// the process may do so again.
func (p *Process) Stop(ctx context.Context) error {
	if p.asked {
		return nil
	}
	p.asked = true
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the program ended by itself: %w", errors.Join(err, p.err))
	}
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("the program did not stop in time: %w", ctx.Err()), p.Kill())
	}
}

// PID is the number of the process, for signals and limits.
func (p *Process) PID() int { return p.command.Process.Pid }

// Kill ends the process without a warning, as a power failure does.
func (p *Process) Kill() error {
	p.asked = true
	err := p.command.Process.Kill()
	<-p.done
	return err
}
