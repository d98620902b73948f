package browsertest_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"license-manager/web/browsertest"
	_ "license-manager/web/cli" // a change of the program makes the cached result of these tests void
)

// patience is how long the program may take to start or stop on a busy machine.
const patience = 30 * time.Second

// browsersAtOnce bounds memory and the noise that browsers make for each other.
const browsersAtOnce = 2

const journeysAtOnce = 16

// TestMain lets all journeys begin at once: one of them mostly waits, and the
// others wait for one of the browsers.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(journeysAtOnce)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// TestJourneys builds the program once and goes every way through it.
func TestJourneys(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	for name, journey := range map[string]func(*testing.T, suite){
		"main":               mainJourney,
		"every page":         everyPage,
		"every state":        everyState,
		"adapted":            adapted,
		"weight":             weight,
		"large comparison":   largeComparison,
		"without JavaScript": withoutScript,
		"keyboard only":      keyboardOnly,
		"restart":            restart,
		"on PostgreSQL":      onPostgres,
		"crash":              crash,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journey(t, s)
		})
	}
}

// suite is what all journeys share.
type suite struct {
	program  string
	browsers chan struct{} // a token per browser
}

func newSuite(t *testing.T) suite {
	t.Helper()
	program, err := browsertest.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return suite{program: program, browsers: make(chan struct{}, browsersAtOnce)}
}

// start runs the program with a new data directory until the test ends.
func (s suite) start(t *testing.T, o browsertest.Options) *browsertest.Process {
	t.Helper()
	o.Program = s.program
	if o.DataDir == "" {
		o.DataDir = filepath.Join(t.TempDir(), "data")
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p, err := browsertest.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t, p) })
	return p
}

// stop ends the program as an operator does. A test may do it before its end.
func (s suite) stop(t *testing.T, p *browsertest.Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Errorf("the program did not end with exit code 0: %v", err)
	}
	if t.Failed() {
		t.Logf("log of the program:\n%s", p.Log())
	}
	if strings.Contains(p.Log(), "DATA RACE") {
		t.Errorf("data race:\n%s", p.Log())
	}
}

// browse opens a browser for the console at that address.
func (s suite) browse(t *testing.T, base string) *page {
	t.Helper()
	s.browsers <- struct{}{}
	b, err := browsertest.OpenBrowser()
	if err != nil {
		<-s.browsers
		t.Fatal(err)
	}
	p := &page{t: t, browser: b, base: base, script: true}
	t.Cleanup(func() {
		p.settle()
		if t.Failed() {
			t.Logf("the last page, %s, is kept in %s", p.url(), p.keep())
		}
		if err := b.Close(); err != nil {
			t.Errorf("close the browser: %v", err)
		}
		<-s.browsers
	})
	return p
}
