package views

import (
	"strings"
	"testing"
	"time"

	"license-manager/store/usage"
)

// consumptionTest is the chart of a license of 100 whose consumption was published once a day until now.
func consumptionTest(t *testing.T, consumed ...int64) Consumption {
	t.Helper()
	count, now := int64(100), time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	c := Consumption{
		Clock: Clock{Now: now}, Path: "/usage-reports/r-1", Kept: []Param{{Name: "type", Value: "summary"}}, Range: RangeOf(""),
		Unit: usage.CountVCPU, Count: &count, NoPoints: "Nothing yet.",
	}
	for i, n := range consumed {
		c.Points = append(c.Points, usage.ConsumptionPoint{At: now.AddDate(0, 0, i+1-len(consumed)), Consumed: n, Count: &count})
	}
	return c
}

func TestConsumptionOverTime(t *testing.T) {
	t.Parallel()
	c := consumptionTest(t, 70, 72, 74, 76, 78, 80, 82)
	page := text(t, ConsumptionOverTime(c))
	contains(t, page, []string{
		`<dd>82 <small>of 100 vCPUs</small></dd>`, `<dd>82.0%</dd>`, `<dd>+12 <small>vCPUs</small></dd>`, `<dd>In 9 days</dd>`, "Forecast: December 2, 2026",
		"From 70 vCPUs on November 17, 2026 to 82 vCPUs on November 23, 2026, against a limit of 100. At the current rate the limit is reached on about December 2, 2026.",
		"License limit: 100 vCPUs", `class="fore"`, ">Dec 2</text>", `<td class="num">82</td>`,
		`href="/usage-reports/r-1?type=summary&amp;range=7d#consumption-over-time"`, `href="/usage-reports/r-1?type=summary#consumption-over-time" aria-current="true"`,
	}, "style=", "NaN", "Inf")
}

func TestChangeOfOnePoint(t *testing.T) {
	t.Parallel()
	contains(t, text(t, ConsumptionOverTime(consumptionTest(t, 7))), []string{`<dt>Change in 30 days</dt><dd>-</dd>`})
	contains(t, text(t, ConsumptionOverTime(consumptionTest(t, 7, 7))), []string{`<dt>Change in 30 days</dt><dd>0 <small>vCPUs</small></dd>`})
}

func TestLimitReached(t *testing.T) {
	t.Parallel()
	unlimited, lowered := consumptionTest(t, 5), consumptionTest(t, 90, 90)
	unlimited.Count = nil
	less := int64(80)
	lowered.Count = &less
	for name, test := range map[string]struct {
		c          Consumption
		text, note string
	}{
		"no limit":  {unlimited, "No limit set", ""},
		"over":      {consumptionTest(t, 90, 105, 112), "Over by 12", "Since November 22, 2026"},
		"long over": {consumptionTest(t, 105, 112), "Over by 12", "Since November 22, 2026 or longer"},
		"lowered":   {lowered, "Over by 10", ""},
		"all":       {consumptionTest(t, 100), "All consumed", ""},
		"level":     {consumptionTest(t, 5, 5, 5, 5, 5, 5, 5), "Not at the current rate", ""},
		"few":       {consumptionTest(t, 5, 6), Missing, "A forecast needs 7 reports in this time."},
	} {
		if got, note := test.c.limitReached(); got != test.text || note != test.note {
			t.Errorf("%s: %q, %q", name, got, note)
		}
	}
}

func TestChartsOfAnyFigures(t *testing.T) {
	t.Parallel()
	nothing := consumptionTest(t)
	contains(t, text(t, ConsumptionOverTime(nothing)), []string{"Nothing yet.", "7 days"}, "<svg", "Limit reached")
	many := make([]int64, 120)
	for i := range many {
		many[i] = 1 << 40
	}
	for name, c := range map[string]Consumption{"one": consumptionTest(t, 0), "many": consumptionTest(t, many...), "falling": consumptionTest(t, 9, 1, 0)} {
		page := text(t, ConsumptionOverTime(c))
		contains(t, page, []string{`<svg class="chart"`, "Today"}, "NaN", "Inf", ` x="-`, ` y="-`, ` y1="-`)
		if lines := strings.Count(page, `class="grid"`); lines < 2 || lines > 8 {
			t.Errorf("%s: %d lines of the grid", name, lines)
		}
	}
}
