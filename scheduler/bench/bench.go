package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"time"

	"license-manager/store/storetest"
)

// bench is one run with what all families share.
type bench struct {
	options
	book     *book
	began    time.Time
	dir      string // for everything that is made; removed at the end
	program  string // the product
	programs string // folder of the peers written in Go
	missing  error  // why there are no such peers
	postgres string // URL of the server; empty without one
	enough   time.Duration
}

// open builds the product and the peers. Building is no part of any figure.
func open(ctx context.Context, o options) (*bench, error) {
	dir, err := os.MkdirTemp("", "license-manager-bench-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, book: newBook(), began: time.Now(), dir: dir, postgres: os.Getenv(storetest.Variable), enough: enough}
	b.program, b.programs = filepath.Join(dir, "license-manager"), filepath.Join(dir, "peers")
	root, err := output(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "license-manager")
	if err != nil {
		b.close()
		return nil, err
	}
	root = strings.TrimSpace(root)
	if err := build(ctx, root, b.program); err != nil {
		b.close()
		return nil, err
	}
	if b.missing = b.buildPeers(ctx, root); b.missing != nil {
		b.say("no peers in Go: %v", b.missing)
	}
	return b, nil
}

// buildPeers makes the programs of the peers' own module.
func (b *bench) buildPeers(ctx context.Context, root string) error {
	if !b.peers {
		return errors.New("not asked for")
	}
	return build(ctx, filepath.Join(root, "scheduler/bench/peers"), b.programs+"/", "./...")
}

// build makes the programs of a module.
func build(ctx context.Context, module, into string, packages ...string) error {
	command := exec.CommandContext(ctx, "go", append([]string{"build", "-o", into}, packages...)...)
	command.Dir = module
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go build in %s: %w: %s", module, err, strings.TrimSpace(string(out)))
	}
	return nil
}

func (b *bench) close() {
	if err := os.RemoveAll(b.dir); err != nil {
		b.say("%v", err)
	}
}

// say tells on standard error how far the run is.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// scaled is n at scale 1 and at least 1.
func (b *bench) scaled(n int) int { return max(1, int(float64(n)*b.scale)) }

// path is that of a file of the run.
func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// peer is the program of a peer written in Go.
func (b *bench) peer(name string) string { return filepath.Join(b.programs, name) }

// profiled runs work and, if profiles were asked for, writes a CPU profile of this process beside the earlier ones.
func (b *bench) profiled(name string, work func() error) error {
	if b.profiles == "" {
		return work()
	}
	file, err := os.Create(filepath.Join(b.profiles, name+".cpu"))
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(err, file.Close())
	}
	err = work()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

// output runs a program and returns what it prints; what it complains of is in the error.
func output(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, args...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%s: %w: %s", filepath.Base(name), err, strings.TrimSpace(string(failed.Stderr)))
	}
	return string(out), err
}
