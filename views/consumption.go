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
	Count    *int64     // the license count now; nil without a limit
	Reached  *time.Time // the forecast of when the limit is reached; nil without one
	Weeks    int        // weeks that the forecast looked at
	History  usage.History
	NoPoints string // the sentence where nothing was published
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

func (c Consumption) last() usage.ConsumptionPoint { return c.History.Last }

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

// peak is the highest consumption, with its day under it.
func (c Consumption) peak() (text, note string) {
	peak := c.History.Peak()
	return Number(peak.Consumed), "on " + c.Clock.Date(peak.At)
}

// daysOver says on how many days the limit of that time was passed; nothing if on none.
func (c Consumption) daysOver() string {
	switch n := c.History.DaysOver(); n {
	case 0:
		return ""
	case 1:
		return "1 day over the limit"
	default:
		return Number(n) + " days over the limit"
	}
}

// limitReached says when the limit is reached, with a line under it.
func (c Consumption) limitReached() (text, note string) {
	if c.Count == nil {
		return "No limit set", ""
	}
	over := c.last().Consumed - *c.Count
	switch {
	case over > 0:
		return "Over by " + Number(over), c.overSince()
	case over == 0:
		return "All consumed", ""
	case c.Reached != nil:
		return c.Clock.Relative(*c.Reached), "Forecast: " + c.Clock.Date(*c.Reached)
	case c.Weeks < usage.ForecastWeeks:
		return Missing, "A forecast needs reports of " + Number(usage.ForecastWeeks) + " whole weeks."
	}
	return "Not in sight", "No steady growth to the limit in " + Number(int64(c.Weeks)) + " weeks."
}

// overSince is when the consumption came over the limit, as far as the range tells.
func (c Consumption) overSince() string {
	since := c.History.OverSince
	switch {
	case since.IsZero():
		return "" // the limit was lowered after the last report
	case since.Equal(c.History.First.At):
		return "Since " + c.Clock.Date(since) + " or longer"
	}
	return "Since " + c.Clock.Date(since)
}

// sentence says what the chart shows.
func (c Consumption) sentence() string {
	first, last, peak := c.History.First, c.last(), c.History.Peak()
	text := c.amount(last.Consumed) + " on " + c.Clock.Date(last.At)
	if first.At.Before(last.At) {
		text = "From " + c.amount(first.Consumed) + " on " + c.Clock.Date(first.At) + " to " + text
	}
	if c.Count != nil {
		text += ", against a limit of " + Number(*c.Count)
	}
	text += ". Peak " + Number(peak.Consumed) + " on " + c.Clock.Date(peak.At) + "."
	if over := c.daysOver(); over != "" {
		text += " " + over + "."
	}
	if c.Reached != nil {
		text += " The limit is reached on about " + c.Clock.Date(*c.Reached) + ". " + c.forecastBasis()
	}
	return text
}

// forecastBasis says what the forecast rests on.
func (c Consumption) forecastBasis() string {
	return "The forecast is a straight line through the highest value of each of the last " + Number(int64(c.Weeks)) + " weeks."
}

// consumptionRows writes the days as rows of a table, the newest first.
func consumptionRows(c Consumption) templ.Component {
	return render(func(m markup) {
		for i := len(c.History.Days) - 1; i >= 0; i-- {
			d := c.History.Days[i]
			m.raw(`<tr><td>`).text(c.Clock.Date(d.At)).raw(`</td><td class="num">`).number(d.Consumed).raw(`</td><td class="num">`).
				text(Decimal(d.Average())).raw(`</td><td class="num">`).number(d.Low).raw(`</td><td class="num">`).number(d.Reports).raw(`</td><td class="num">`)
			if d.Count != nil {
				m.number(*d.Count)
			} else {
				m.raw(Missing)
			}
			m.raw(`</td></tr>`)
		}
	})
}
