package views

import (
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// Consumption is the consumption of a license over time, as its reports published it.
type Consumption struct {
	Clock    Clock
	Path     string // of the page
	Kept     []Param
	Range    Range
	Unit     usage.CountingType
	Count    *int64 // the license count now; nil without a limit
	Points   []usage.ConsumptionPoint
	NoPoints string // the sentence where there are none
}

// Range is how much time a chart shows.
type Range struct {
	Value string // in the URL: "30d"
	Label string // "30 days"
	Days  int
}

// Ranges are those that can be chosen.
func Ranges() []Range {
	return []Range{{"7d", "7 days", 7}, {"30d", "30 days", 30}, {"1y", "1 year", 365}}
}

// DefaultRange needs no parameter.
const DefaultRange = "30d"

// RangeOf is the range of a URL; unknown values give the default.
func RangeOf(value string) Range {
	var found Range
	for _, r := range Ranges() {
		if r.Value == value || found.Value == "" && r.Value == DefaultRange {
			found = r
		}
	}
	return found
}

// From is where the range begins.
func (r Range) From(now time.Time) time.Time { return now.AddDate(0, 0, -r.Days) }

// url is the page with another range.
func (c Consumption) url(r Range) string {
	params := c.Kept
	if r.Value != DefaultRange {
		params = append(params[:len(params):len(params)], Param{Name: "range", Value: r.Value})
	}
	return List{Path: c.Path, Params: params}.URL() + "#consumption-over-time"
}

func (c Consumption) last() usage.ConsumptionPoint { return c.Points[len(c.Points)-1] }

// amount is a number with its unit: "412 vCPUs".
func (c Consumption) amount(n int64) string { return Number(n) + " " + c.Unit.Unit(n) }

// of follows the number that is consumed: "of 480 vCPUs".
func (c Consumption) of() string {
	if c.Count == nil {
		return c.Unit.Unit(c.last().Consumed)
	}
	return "of " + c.amount(*c.Count)
}

func (c Consumption) utilization() string {
	if c.Count == nil {
		return Missing
	}
	return Percent(c.last().Consumed, *c.Count)
}

// change is by how much the consumption differs from the first one, with its unit; one alone differs from none.
func (c Consumption) change() (text, unit string) {
	if len(c.Points) < 2 {
		return Missing, ""
	}
	n := c.last().Consumed - c.Points[0].Consumed
	return Change(n), c.Unit.Unit(n)
}

// trend is how the consumption grows towards a limit that is not reached yet.
func (c Consumption) trend() (usage.Trend, bool) {
	if c.Count != nil && c.last().Consumed >= *c.Count {
		return usage.Trend{}, false
	}
	return usage.NewTrend(c.Points)
}

// reached is when the trend comes to the limit.
func (c Consumption) reached() (time.Time, bool) {
	trend, grows := c.trend()
	if !grows || c.Count == nil {
		return time.Time{}, false
	}
	return trend.Reaches(*c.Count)
}

// limitReached says when the limit is reached, with a line under it.
func (c Consumption) limitReached() (text, note string) {
	if c.Count == nil {
		return "No limit set", ""
	}
	at, foreseen := c.reached()
	over := c.last().Consumed - *c.Count
	switch {
	case over > 0:
		return "Over by " + Number(over), c.overSince()
	case over == 0:
		return "All consumed", ""
	case foreseen:
		return c.Clock.Relative(at), "Forecast: " + c.Clock.Date(at)
	case len(c.Points) < usage.TrendPoints:
		return Missing, "A forecast needs " + Number(usage.TrendPoints) + " reports in this time."
	}
	return "Not at the current rate", ""
}

// overSince is when the consumption came over the limit, as far as the range tells.
func (c Consumption) overSince() string {
	since, _, over := usage.OverSince(c.Points)
	switch {
	case !over:
		return "" // the limit was lowered after the last report
	case since.Equal(c.Points[0].At):
		return "Since " + c.Clock.Date(since) + " or longer"
	}
	return "Since " + c.Clock.Date(since)
}

// sentence says what the chart shows.
func (c Consumption) sentence() string {
	first, last := c.Points[0], c.last()
	text := c.amount(last.Consumed) + " on " + c.Clock.Date(last.At)
	if len(c.Points) > 1 {
		text = "From " + c.amount(first.Consumed) + " on " + c.Clock.Date(first.At) + " to " + text
	}
	if c.Count != nil {
		text += ", against a limit of " + Number(*c.Count)
	}
	text += "."
	if at, foreseen := c.reached(); foreseen {
		text += " At the current rate the limit is reached on about " + c.Clock.Date(at) + "."
	}
	return text
}

// consumptionRows writes the points as rows of a table, the newest first.
func consumptionRows(c Consumption) templ.Component {
	return render(func(m markup) {
		for i := len(c.Points) - 1; i >= 0; i-- {
			p := c.Points[i]
			m.raw(`<tr><td>`).at(c.Clock, p.At).raw(`</td><td class="num">`).number(p.Consumed).raw(`</td><td class="num">`)
			if p.Count != nil {
				m.number(*p.Count)
			} else {
				m.raw(Missing)
			}
			m.raw(`</td></tr>`)
		}
	})
}
