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
	c.History = usage.NewHistory(time.UTC)
	for i, n := range consumed {
		c.History.Add(usage.ConsumptionPoint{At: now.AddDate(0, 0, i+1-len(consumed)), Consumed: n, Count: &count})
	}
	return c
}

// growing is a chart with a forecast.
func growing(t *testing.T) Consumption {
	t.Helper()
	c := consumptionTest(t, 70, 72, 74, 76, 78, 80, 82)
	reached := c.Clock.Now.AddDate(0, 0, 9)
	c.Reached, c.Weeks = &reached, 6
	return c
}

func TestConsumptionOverTime(t *testing.T) {
	t.Parallel()
	page := text(t, ConsumptionOverTime(growing(t)))
	contains(t, page, []string{
		`<dd>82 <small>of 100 vCPUs</small></dd>`, `<dd>82.0%</dd>`, `<dt>Peak in 30 days</dt><dd>82 <small>on November 23, 2026</small></dd>`, `<dd>In 9 days</dd>`, "Forecast: December 2, 2026",
		"From 70 vCPUs on November 17, 2026 to 82 vCPUs on November 23, 2026, against a limit of 100. Peak 82 on November 23, 2026. The limit is reached on about December 2, 2026.",
		"The forecast is a straight line through the highest value of each of the last 6 weeks.",
		"License limit: 100 vCPUs", `class="fore"`, ">Dec 2</text>", `<td class="num">82</td>`,
		`href="/usage-reports/r-1?type=summary&amp;range=7d#consumption-over-time"`, `href="/usage-reports/r-1?type=summary#consumption-over-time" aria-current="true"`,
	}, "style=", "NaN", "Inf", "over the limit")
}

func TestLimitReached(t *testing.T) {
	t.Parallel()
	unlimited, lowered := consumptionTest(t, 5), consumptionTest(t, 90, 90)
	unlimited.Count = nil
	less := int64(80)
	level := consumptionTest(t, 5)
	level.Weeks = 8
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
		"level":     {level, "Not in sight", "No steady growth to the limit in 8 weeks."},
		"forecast":  {growing(t), "In 9 days", "Forecast: December 2, 2026"},
		"few":       {consumptionTest(t, 5, 6), Missing, "A forecast needs reports of 4 whole weeks."},
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
