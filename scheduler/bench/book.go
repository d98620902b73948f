package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// book holds the results of a run.
type book struct{ results []result }

func newBook() *book {
	b := &book{}
	for _, g := range goals() {
		b.results = append(b.results, result{goal: g})
	}
	return b
}

// find returns the result of a goal, which must be one of goals.
func (b *book) find(id string) *result {
	for i := range b.results {
		if b.results[i].id == id {
			return &b.results[i]
		}
	}
	panic("no goal " + id)
}

// set records the figures of a goal: ours and, where the goal has a peer, its.
func (b *book) set(id string, ours, others series, note string) {
	r := b.find(id)
	r.ours, r.others, r.runs, r.note = ours.median(), others.median(), len(ours), note
}

// absent says why a goal was not measured.
func (b *book) absent(id, why string) { b.find(id).note = why }

// fail says why the goals of a family that have no figures have none.
func (b *book) fail(family string, err error) {
	for i := range b.results {
		r := &b.results[i]
		if r.runs == 0 && r.note == "" && strings.HasPrefix(r.id, family+"/") {
			r.note = "not measured: " + firstLine(err.Error())
		}
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// write writes a JSON line for each goal that was looked at and then the table.
func (b *book) write(w io.Writer, machine string) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	met, seen := 0, 0
	var table strings.Builder
	for _, r := range b.results {
		if r.runs == 0 && r.note == "" {
			continue // of a family that was not asked for
		}
		if err := lines.Encode(r.line()); err != nil {
			return err
		}
		seen++
		if r.met() {
			met++
		}
		table.WriteString(r.row())
	}
	const head = "| goal | against | ratio | target | ours | peer | runs | met | |\n|---|---|--:|--:|--:|--:|--:|---|---|\n"
	_, err := fmt.Fprintf(w, "\n%s\n\n%s%s\n%d of %d goals met.\n", machine, head, &table, met, seen)
	return err
}

// line is a result as JSON. Ratio and peer are null where the target is absolute; everything but met is null where nothing was
// measured.
type line struct {
	Goal    string   `json:"goal"`
	Against string   `json:"against,omitempty"`
	Ratio   *float64 `json:"ratio"`
	Target  float64  `json:"target"`
	Bound   string   `json:"bound"` // whether the target is the least or the most
	Ours    *float64 `json:"ours"`
	Peer    *float64 `json:"peer"`
	Unit    string   `json:"unit"`
	Runs    int      `json:"runs"`
	Met     bool     `json:"met"`
	Note    string   `json:"note,omitempty"`
}

func (r result) line() line {
	l := line{Goal: r.id + ": " + r.text, Against: r.peer, Target: r.target, Bound: "least", Unit: r.unit, Runs: r.runs, Met: r.met(), Note: r.note}
	if r.most {
		l.Bound = "most"
	}
	if r.runs == 0 {
		return l
	}
	l.Ours = round(r.ours)
	if r.peer != "" {
		l.Ratio, l.Peer = round(r.ratio()), round(r.others)
	}
	return l
}

// round keeps four digits: more are noise.
func round(x float64) *float64 {
	if rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64); err == nil {
		x = rounded
	}
	return &x
}

// row is a result as a line of the table.
func (r result) row() string {
	target := "≥ "
	if r.most {
		target = "≤ "
	}
	target += strconv.FormatFloat(r.target, 'f', -1, 64)
	ratio, ours, others, met := "", "", "", "no"
	if r.peer == "" {
		target += " " + r.unit
	}
	if r.runs > 0 {
		ours = figure(r.ours, r.digits) + " " + r.unit
	}
	if r.runs > 0 && r.peer != "" {
		ratio, others = figure(r.ratio(), 2), figure(r.others, r.digits)
	}
	if r.met() {
		met = "yes"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %d | %s | %s |\n", r.text, r.peer, ratio, target, ours, others, r.runs, met, r.note)
}

// figure is a number for people: 12,345 or 0.37.
func figure(x float64, digits int) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(x), 'f', digits, 64), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if x < 0 {
		whole = "-" + whole
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return whole
}
