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
		m.days(ch)
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
		m.raw(`<text x="0"`).percent("y", y).raw(` dy="-5">`).number(int64(n)).raw(`</text>`)
	}
}

func (m markup) limitLine(c chart) {
	if c.Count == nil {
		return
	}
	y := c.y(float64(*c.Count))
	m.raw(`<line class="limit" x1="0%" x2="100%"`).percent("y1", y).percent("y2", y).raw(`/>`)
	m.raw(`<text class="lim" x="100%" text-anchor="end"`).percent("y", y).raw(` dy="-7">License limit: `).text(c.amount(*c.Count)).raw(`</text>`)
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

// marks writes the last figure, where the limit is reached, and what each point says to a pointer.
func (m markup) marks(c chart) {
	last := c.last()
	x, y := c.x(last.At), c.y(float64(last.Consumed))
	m.raw(`<circle class="dot"`).percent("cx", x).percent("cy", y).raw(` r="4"/>`)
	anchor := "end"
	if x < 10 {
		anchor = "start"
	}
	below := "18"
	if y > chartBottom-12 {
		below = "-10"
	}
	m.raw(`<text class="strong"`).percent("x", x).percent("y", y).raw(` dy="`).raw(below).raw(`" text-anchor="`).raw(anchor).raw(`">`).number(last.Consumed).raw(`</text>`)
	if at, foreseen := c.reached(); foreseen && at.Before(c.to) {
		x, y := c.x(at), c.y(float64(*c.Count))
		m.raw(`<circle class="mark"`).percent("cx", x).percent("cy", y).raw(` r="4"/>`)
		m.raw(`<text class="lim"`).percent("x", x).percent("y", y).raw(` dy="20" text-anchor="middle">`).text(c.Clock.shortDate(at)).raw(`</text>`)
	}
	width := min(c.x(c.Clock.Now)/float64(len(c.Points)), 5)
	for _, p := range c.Points {
		m.raw(`<rect class="hit"`).percent("x", max(c.x(p.At)-width/2, 0)).percent("y", chartTop).percent("width", width).percent("height", chartBottom-chartTop)
		m.raw(`><title>`).text(c.amount(p.Consumed)).raw(", ")
		m.buf.Write(c.Clock.AppendAbsolute(m.buf.AvailableBuffer(), p.At))
		m.raw(`</title></rect>`)
	}
}

// days writes the days under the chart.
func (m markup) days(c chart) {
	today := c.x(c.Clock.Now)
	m.day(0, "start", c.Clock.shortDate(c.from), "")
	m.day(today/2, "middle", c.Clock.shortDate(c.from.Add(c.Clock.Now.Sub(c.from)/2)), "")
	if !c.grows {
		m.day(100, "end", "Today", "strong")
		return
	}
	m.day(today, "middle", "Today", "strong")
	m.day((today+100)/2, "middle", c.Clock.shortDate(c.Clock.Now.Add(c.to.Sub(c.Clock.Now)/2)), "")
	m.day(100, "end", c.Clock.shortDate(c.to), "")
}

func (m markup) day(x float64, anchor, text, class string) {
	m.raw(`<text class="`).raw(class).raw(`" y="98%"`).percent("x", x).raw(` text-anchor="`).raw(anchor).raw(`">`).text(text).raw(`</text>`)
}
