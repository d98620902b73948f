package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"license-manager/store/storetest"
)

// TestMain lets a run start this program as the servers that it needs, as it does with the command.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := run(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestGoalsAreMeasured runs what does not depend on how fast the machine is: no family that wrk looks at for a time, and none
// whose peers are a module of their own.
func TestGoalsAreMeasured(t *testing.T) {
	t.Parallel()
	only := regexp.MustCompile("^(import|tick|first|postgres)$")
	b, err := open(t.Context(), options{scale: 0.001, runs: 1, only: only})
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	b.postgres = (&storetest.Template{}).Postgres(t)
	for _, f := range families() {
		if only.MatchString(f.name) {
			b.measure(t.Context(), f)
		}
	}
	for _, r := range b.book.results {
		if family, _, _ := strings.Cut(r.id, "/"); !only.MatchString(family) {
			continue
		}
		if r.runs == 0 || r.ours <= 0 || r.peer != "" && r.ratio() <= 0 {
			t.Errorf("%s was not measured: %s", r.id, r.note)
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := &bench{dir: dir, book: newBook()}
	if err := os.WriteFile(b.path("resources.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b.close()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
}

func TestWrongArgumentsAreTold(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-only", "("}, {"-scale", "much"}, {"serve"}, {"serve", "sink", "soon"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}

// A line for machines has what a goal promises, what was seen, and no figure where nothing was measured.
func TestLinesForMachines(t *testing.T) {
	t.Parallel()
	b := newBook()
	b.set("report/sqlite3", series{300, 900, 600}, series{100}, "")
	b.set("report/rss", series{97}, nil, "")
	b.fail("report", fmt.Errorf("disk full\nand more"))
	var out bytes.Buffer
	if err := b.write(&out, "a machine"); err != nil {
		t.Fatal(err)
	}
	lines := map[string]map[string]any{}
	for text := range strings.Lines(out.String()) {
		if !strings.HasPrefix(text, "{") {
			continue
		}
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		id, _, _ := strings.Cut(line["goal"].(string), ":")
		lines[id] = line
	}
	for _, want := range []struct {
		id, field string
		value     any
	}{
		{"report/sqlite3", "ratio", 6.0}, {"report/sqlite3", "ours", 600.0}, {"report/sqlite3", "peer", 100.0},
		{"report/sqlite3", "target", 3.0}, {"report/sqlite3", "met", true},
		{"report/rss", "ratio", nil}, {"report/rss", "ours", 97.0}, {"report/rss", "met", false},
		{"report/duckdb", "ours", nil}, {"report/duckdb", "met", false}, {"report/duckdb", "note", "not measured: disk full"},
	} {
		if got := lines[want.id][want.field]; got != want.value {
			t.Errorf("%s: %s is %v, want %v", want.id, want.field, got, want.value)
		}
	}
	if _, there := lines["pages/echo"]; there {
		t.Error("a family that was not asked for has a line")
	}
	if !strings.Contains(out.String(), "\n1 of 9 goals met.\n") {
		t.Errorf("no sum in\n%s", &out)
	}
}
