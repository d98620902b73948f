package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// longest ends a run that hangs. A whole run takes about 10 minutes, with -full less than 30.
const longest = time.Hour

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, longest)
	err := run(ctx, os.Args[1:])
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

// run does what the arguments ask for. Its error is about the machine or the arguments; that a goal is not met is none.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "serve" {
		return serve(ctx, args[1:])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	b, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	for _, f := range families() {
		if o.only.MatchString(f.name) && ctx.Err() == nil {
			b.measure(ctx, f)
		}
	}
	return b.book.write(os.Stdout, machine(ctx, b))
}

// measure measures the goals of a family. What fails is told, and noted at the goals.
func (b *bench) measure(ctx context.Context, f family) {
	began := time.Now()
	b.say("%s", f.name)
	if err := f.run(ctx, b); err != nil {
		b.say("%s: %v", f.name, err)
		b.book.fail(f.name, err)
	}
	b.say("%s took %.0f s", f.name, time.Since(began).Seconds())
}

// options are the flags.
type options struct {
	scale    float64
	full     bool
	peers    bool
	runs     int
	only     *regexp.Regexp
	profiles string
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Float64Var(&o.scale, "scale", 1, "share of the rows and reports, for trying things out; goals hold at 1")
	flags.BoolVar(&o.full, "full", false, "a license of 10 million resources; takes some minutes more")
	flags.BoolVar(&o.peers, "peers", true, "build the peers in Go: DuckDB, River and PocketBase, whose modules are large")
	flags.IntVar(&o.runs, "runs", 5, "how often each side runs; fewer where it takes long")
	flags.StringVar(&o.profiles, "profiles", "", "`directory` for CPU profiles of what runs in this process")
	only := flags.String("only", "", "measure only the families whose names match this regular expression")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	o.only, err = regexp.Compile(*only)
	return o, err
}

// family is a group of goals that share their data.
type family struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

func families() []family {
	return []family{
		{"report", measureReports},
		{"postgres", measurePostgresReport},
		{"import", measureImport},
		{"due", measureDue},
		{"replicas", measureReplicas},
		{"tick", measureTick},
		{"first", measureFirstFile},
		{"pages", measurePages},
	}
}
