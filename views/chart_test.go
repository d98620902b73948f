package views

import (
	"math"
	"strings"
	"testing"
	"time"

	"license-manager/store/usage"
)

// drawn is the chart of a license with a report a day until now. Consumed and limit
// are told of the day so many days ago; nothing is published on a day of less than 0.
func drawn(t *testing.T, days, limitNow int64, consumed, limit func(ago int64) int64) chart {
	t.Helper()
	c := consumptionTest(t)
	c.Range, c.Count = RangeOf("1y"), &limitNow
	c.History = usage.NewHistory(time.UTC)
	for ago := days; ago >= 0; ago-- {
		if n, of := consumed(ago), limit(ago); n >= 0 {
			c.History.Add(usage.ConsumptionPoint{At: c.Clock.Now.AddDate(0, 0, -int(ago)), Consumed: n, Count: &of})
		}
	}
	return newChart(c)
}

func always(n int64) func(int64) int64 { return func(int64) int64 { return n } }

// highest is the highest point that is drawn.
func (c chart) highest() float64 {
	height := 100.0
	for _, l := range c.consumed() {
		height = min(height, l.y1, l.y2)
	}
	return c.top * (100 - height) / 100
}

func TestYearShowsItsPeak(t *testing.T) {
	t.Parallel()
	c := drawn(t, 364, 500, func(ago int64) int64 {
		if ago == 200 {
			return 650
		}
		return 400
	}, always(500))
	if got := c.highest(); math.Abs(got-650) > 0.01 {
		t.Errorf("the highest point drawn is %v, want 650", got)
	}
	contains(t, text(t, ConsumptionOverTime(c.Consumption)), []string{
		`<dt>Peak in 1 year</dt><dd>650 <small>on May 7, 2026</small></dd><dd class="sub">1 day over the limit</dd>`, "Peak 650 on May 7, 2026. 1 day over the limit.",
	}, `class="fore"`)
}

func TestLimitIsAStep(t *testing.T) {
	t.Parallel()
	c := drawn(t, 364, 1000, always(600), func(ago int64) int64 {
		if ago > 30 {
			return 500
		}
		return 1000
	})
	steps := c.limitSteps()
	at := c.x(c.Clock.Now.AddDate(0, 0, -30))
	low, high := c.inner(500), c.inner(1000)
	first := c.x(c.History.First.At) // nothing is known of the time before
	want := []chartLine{{first, low, at, low}, {at, low, at, high}, {at, high, 100, high}, {100, high, 100, high}}
	if len(steps) != len(want) {
		t.Fatalf("the limit is drawn as %v, want %v", steps, want)
	}
	for i := range want {
		if steps[i] != want[i] {
			t.Errorf("part %d of the limit is %v, want %v", i, steps[i], want[i])
		}
	}
	contains(t, text(t, ConsumptionOverTime(c.Consumption)), []string{"334 days over the limit"})
}

func TestGapIsNotJoined(t *testing.T) {
	t.Parallel()
	c := drawn(t, 150, 500, func(ago int64) int64 {
		switch {
		case ago == 0:
			return 320 // one report alone
		case ago <= 60:
			return -1
		}
		return 300
	}, always(500))
	lines := c.consumed()
	gap := c.x(c.Clock.Now.AddDate(0, 0, -61))
	for _, l := range lines {
		if l.x1 <= gap && l.x2 > gap {
			t.Errorf("a line runs across the gap: %v", l)
		}
	}
	if last := lines[len(lines)-1]; last.x1 != 100 || last.x2 != 100 {
		t.Errorf("the report after the gap is drawn as %v, want a dot at the end", last)
	}
	page := text(t, ConsumptionOverTime(c.Consumption))
	if got := strings.Count(page[strings.Index(page, `class="line"`):strings.Index(page, `class="dot"`)], "M"); got != 2 {
		t.Errorf("the line has %d parts, want 2", got)
	}
}

func TestSmallChangeIsNoCliff(t *testing.T) {
	t.Parallel()
	c := drawn(t, 30, 0, func(ago int64) int64 { return 100_002 - ago/15 }, always(0))
	c.Count = nil
	lines := c.consumed()
	if rise := lines[0].y1 - lines[len(lines)-1].y2; rise < 0 || rise > 1 {
		t.Errorf("a change of 2 in 100,000 rises by %v %% of the height", rise)
	}
}
