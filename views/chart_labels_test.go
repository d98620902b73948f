package views

import (
	"strings"
	"testing"
)

func TestLabelsOfTheChart(t *testing.T) {
	t.Parallel()
	unlimited := consumptionTest(t, 70, 72, 74, 76, 78, 80, 82)
	unlimited.Count = nil
	year := growing(t)
	year.Range = RangeOf("1y")
	for name, test := range map[string]struct {
		c    Consumption
		want string
	}{
		"growing":  {growing(t), "Oct 24 Today Dec 21 Dec 7 Nov 8 License limit: 100 vCPUs 82 Dec 2"},
		"no limit": {unlimited, "Oct 24 Today Nov 8 82"},
		"a year":   {year, "Nov 2025 Today Oct 2027 May 2027 May 2026 License limit: 100 vCPUs 82 Dec 2"},
		"over":     {consumptionTest(t, 100, 100, 104), "Oct 24 Today Nov 8 License limit: 100 vCPUs 104"},
	} {
		var got []string
		for _, l := range newChart(test.c).labels() {
			if l.class != "" || l.y == 98 {
				got = append(got, l.text)
			}
		}
		if joined := strings.Join(got, " "); joined != test.want {
			t.Errorf("%s: %s", name, joined)
		}
	}
}

// TestLabelsKeepClear has the limit, and what was consumed, at every height.
func TestLabelsKeepClear(t *testing.T) {
	t.Parallel()
	for limit := int64(1); limit < 300; limit += 7 {
		for step := int64(-3); step <= 5; step++ {
			c := consumptionTest(t, 100, 100+step, 100+2*step, 100+3*step, 100+4*step, 100+5*step, 100+6*step)
			c.Count = &limit
			if reached := c.Clock.Now.AddDate(0, 0, int(limit%40)); limit > c.last().Consumed {
				c.Reached = &reached
			}
			ch := newChart(c)
			placed := ch.labels()
			if len(placed) < 4 {
				t.Errorf("limit %d, step %d: only %v", limit, step, placed)
			}
			for _, room := range []chartRoom{phoneRoom(), screenRoom()} {
				wantClear(t, ch, placed, room)
			}
		}
	}
}

// wantClear fails where a label lies on another one or on the limit, or hides the line that it is about.
func wantClear(t *testing.T, c chart, placed []chartLabel, room chartRoom) {
	t.Helper()
	for i, l := range placed {
		if l.roomy && room == phoneRoom() {
			continue
		}
		lines := inChart(c.limitSteps())
		if l.class != "" {
			lines = append(lines, inChart(append(c.consumed(), c.forecast()...))...)
		}
		for _, line := range lines {
			if line.crosses(l.box(room)) {
				t.Errorf("a line crosses %q", l.text)
			}
		}
		for _, other := range placed[:i] {
			if !(other.roomy && room == phoneRoom()) && l.box(room).overlaps(other.box(room)) {
				t.Errorf("%q lies on %q", l.text, other.text)
			}
		}
	}
}

func TestDaysOfOtherYears(t *testing.T) {
	t.Parallel()
	c := consumptionTest(t, 1, 2)
	next := c.Clock.Now.AddDate(0, 2, 0)
	month := newChart(c)
	c.Range = RangeOf("1y")
	year := newChart(c)
	for _, test := range []struct{ got, want string }{
		{month.day(next), "Jan 23"}, {month.dayInside(next), "Jan 23"}, {month.dayInside(c.Clock.Now), "Nov 23"},
		{year.day(next), "Jan 2027"}, {year.dayInside(next), "Jan 2027"}, {year.day(c.Clock.Now), "Nov 2026"}, {year.dayInside(c.Clock.Now), "Nov 23"},
	} {
		if test.got != test.want {
			t.Errorf("%q, not %q", test.got, test.want)
		}
	}
}
