package views

import (
	"math"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// The chart has one size of its own: everything is placed in percent of whatever room there is, and the lines are in an inner drawing that
// stretches, so that text and strokes never do. These are the heights at which its field begins and ends, in percent.
const (
	chartTop    = 6.0
	chartBottom = 88.0
)

// chartToday is where the forecast begins, in percent of the width.
const chartToday = 51.72

// chart places moments and numbers.
type chart struct {
	Consumption
	from, to time.Time // of the whole width
	low, top float64   // of the whole height
	step     float64   // between two lines of the grid
	line     usage.Trend
	grows    bool
}

func newChart(c Consumption) chart {
	ch := chart{Consumption: c, from: c.Range.From(c.Clock.Now), to: c.Clock.Now}
	if ch.line, ch.grows = c.trend(); ch.grows {
		ch.to = c.Clock.Now.Add(time.Duration(float64(c.Clock.Now.Sub(ch.from)) * (100 - chartToday) / chartToday))
	}
	low, high := math.Inf(1), 1.0
	for _, p := range c.Points {
		low, high = min(low, float64(p.Consumed)), max(high, float64(p.Consumed))
	}
	if c.Count != nil {
		low, high = min(low, float64(*c.Count)), max(high, float64(*c.Count))
	}
	if ch.grows {
		high = max(high, ch.line.At(ch.to))
	}
	ch.step = niceStep((high - low) / 3)
	ch.low = max(math.Floor(low/ch.step-0.5)*ch.step, 0)
	ch.top = high + ch.step/2
	return ch
}

// niceStep is the next of 1, 2, 5, 10, 20, … that is at least size: lines of the grid are at whole numbers.
func niceStep(size float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(max(size, 1))))
	for _, factor := range [...]float64{1, 2, 5} {
		if factor*power >= size {
			return factor * power
		}
	}
	return 10 * power
}

// x is a moment in percent of the width.
func (c chart) x(t time.Time) float64 {
	return min(max(100*float64(t.Sub(c.from))/float64(c.to.Sub(c.from)), 0), 100)
}

// inner is a number in percent of the height of the field, from above.
func (c chart) inner(n float64) float64 { return 100 * (c.top - n) / (c.top - c.low) }

// y is a number in percent of the height of the chart.
func (c chart) y(n float64) float64 {
	return chartTop + c.inner(n)*(chartBottom-chartTop)/100
}

// consumptionChart draws what Consumption holds, which has points.
func consumptionChart(c Consumption) templ.Component {
	return render(func(m markup) {
		ch := newChart(c)
		m.raw(`<svg class="chart" role="img" aria-labelledby="chart-title chart-sentence"><title id="chart-title">Licenses consumed over time</title><desc id="chart-sentence">`).
			text(c.sentence()).raw(`</desc>`)
		m.grid(ch)
		m.limitLine(ch)
		m.lines(ch)
		m.marks(ch)
		m.chartLabels(ch.labels())
		m.hits(ch)
		m.raw(`</svg>`)
	})
}

// percent writes an attribute in percent.
func (m markup) percent(name string, value float64) markup {
	m.raw(` `).raw(name).raw(`="`)
	m.buf.Write(strconv.AppendFloat(m.buf.AvailableBuffer(), value, 'f', 2, 64))
	return m.raw(`%"`)
}

func (m markup) grid(c chart) {
	if c.grows {
		today := c.x(c.Clock.Now)
		m.raw(`<rect class="zone"`).percent("x", today).percent("y", chartTop).percent("width", 100-today).percent("height", chartBottom-chartTop).raw(`/>`)
		m.raw(`<line class="today"`).percent("x1", today).percent("x2", today).percent("y1", chartTop).percent("y2", chartBottom).raw(`/>`)
	}
	for n := c.low; n <= c.top; n += c.step {
		y := c.y(n)
		m.raw(`<line class="grid" x1="0%" x2="100%"`).percent("y1", y).percent("y2", y).raw(`/>`)
	}
}

func (m markup) limitLine(c chart) {
	for _, l := range c.limitLines() {
		m.raw(`<line class="limit" x1="0%" x2="100%"`).percent("y1", l.y1).percent("y2", l.y2).raw(`/>`)
	}
}

// lines draws the consumption and its forecast, which stretch with the field.
func (m markup) lines(c chart) {
	m.raw(`<svg x="0%"`).percent("y", chartTop).raw(` width="100%"`).percent("height", chartBottom-chartTop).raw(` viewBox="0 0 100 100" preserveAspectRatio="none">`)
	m.raw(`<path class="line" vector-effect="non-scaling-stroke" d="`)
	for i, p := range c.Points {
		m.point(i == 0, c.x(p.At), c.inner(float64(p.Consumed)))
	}
	m.raw(`"/>`)
	if c.grows {
		last := c.last()
		m.raw(`<path class="fore" vector-effect="non-scaling-stroke" d="`)
		m.point(true, c.x(last.At), c.inner(float64(last.Consumed)))
		m.point(false, 100, c.inner(c.line.At(c.to)))
		m.raw(`"/>`)
	}
	m.raw(`</svg>`)
}

// point writes a point of a path.
func (m markup) point(first bool, x, y float64) {
	if first {
		m.raw("M")
	} else {
		m.raw("L")
	}
	b := strconv.AppendFloat(m.buf.AvailableBuffer(), x, 'f', 2, 64)
	m.buf.Write(strconv.AppendFloat(append(b, ' '), y, 'f', 2, 64))
}

// marks writes the last figure and where the limit is reached.
func (m markup) marks(c chart) {
	last := c.last()
	m.raw(`<circle class="dot"`).percent("cx", c.x(last.At)).percent("cy", c.y(float64(last.Consumed))).raw(` r="4"/>`)
	if at, foreseen := c.reached(); foreseen && at.Before(c.to) {
		m.raw(`<circle class="mark"`).percent("cx", c.x(at)).percent("cy", c.y(float64(*c.Count))).raw(` r="4"/>`)
	}
}

// hits writes what each point says to a pointer.
func (m markup) hits(c chart) {
	width := min(c.x(c.Clock.Now)/float64(len(c.Points)), 5)
	for _, p := range c.Points {
		m.raw(`<rect class="hit"`).percent("x", max(c.x(p.At)-width/2, 0)).percent("y", chartTop).percent("width", width).percent("height", chartBottom-chartTop)
		m.raw(`><title>`).text(c.amount(p.Consumed)).raw(", ")
		m.buf.Write(c.Clock.AppendAbsolute(m.buf.AvailableBuffer(), p.At))
		m.raw(`</title></rect>`)
	}
}

// day is a day under the chart. A year ends in another one: there it is the month, with its year.
func (c chart) day(t time.Time) string {
	if c.Range.Days >= 365 {
		return t.In(c.Clock.zone()).Format("Jan 2006")
	}
	return c.Clock.shortDate(t)
}

// dayInside is a day in the chart, which tells its year where it is not the present one.
func (c chart) dayInside(t time.Time) string {
	if t.In(c.Clock.zone()).Year() != c.Clock.Now.In(c.Clock.zone()).Year() {
		return c.day(t)
	}
	return c.Clock.shortDate(t)
}
