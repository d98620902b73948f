package views

import (
	"math"
	"slices"
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

// chart places moments and numbers. Its numbers begin at zero: a small change must not look like a large one.
type chart struct {
	Consumption
	points   []usage.ConsumptionPoint
	gaps     []bool    // before which points is a gap
	from, to time.Time // of the whole width
	top      float64   // of the whole height
	step     float64   // between two lines of the grid
}

func newChart(c Consumption) chart {
	ch := chart{Consumption: c, points: c.History.Points(), from: c.Range.From(c.Clock.Now), to: c.Clock.Now}
	ch.gaps = usage.Gaps(ch.points)
	if c.Reached != nil {
		ch.to = c.Clock.Now.Add(time.Duration(float64(c.Clock.Now.Sub(ch.from)) * (100 - chartToday) / chartToday))
	}
	high := 1.0
	for _, p := range ch.points {
		high = max(high, float64(p.Consumed))
	}
	for _, l := range ch.limits() {
		if l.Count != nil {
			high = max(high, float64(*l.Count))
		}
	}
	ch.step = niceStep(high / 4)
	ch.top = high + ch.step/2
	return ch
}

// limits are the license counts of the range and, at the end, that of now.
func (c Consumption) limits() []usage.LimitStep {
	return append(slices.Clone(c.History.Limits), usage.LimitStep{From: c.Clock.Now, Count: c.Count})
}

// limited reports whether there was a limit at any time of the range.
func (c Consumption) limited() bool {
	return slices.ContainsFunc(c.limits(), func(l usage.LimitStep) bool { return l.Count != nil })
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
func (c chart) inner(n float64) float64 { return 100 * (c.top - n) / c.top }

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
	if c.Reached != nil {
		today := c.x(c.Clock.Now)
		m.raw(`<rect class="zone"`).percent("x", today).percent("y", chartTop).percent("width", 100-today).percent("height", chartBottom-chartTop).raw(`/>`)
		m.raw(`<line class="today"`).percent("x1", today).percent("x2", today).percent("y1", chartTop).percent("y2", chartBottom).raw(`/>`)
	}
	for n := 0.0; n <= c.top; n += c.step {
		y := c.y(n)
		m.raw(`<line class="grid" x1="0%" x2="100%"`).percent("y1", y).percent("y2", y).raw(`/>`)
	}
}

// lines draws the limit, the consumption and its forecast, which stretch with the field.
func (m markup) lines(c chart) {
	m.raw(`<svg x="0%"`).percent("y", chartTop).raw(` width="100%"`).percent("height", chartBottom-chartTop).raw(` viewBox="0 0 100 100" preserveAspectRatio="none">`)
	m.path("limit", c.limitSteps())
	m.path("line", c.consumed())
	m.path("fore", c.forecast())
	m.raw(`</svg>`)
}

// path draws lines, joined where one begins at the end of the one before. A line of no length is a dot.
func (m markup) path(class string, lines []chartLine) {
	if len(lines) == 0 {
		return
	}
	m.raw(`<path class="`).raw(class).raw(`" vector-effect="non-scaling-stroke" d="`)
	for i, l := range lines {
		if i == 0 || l.x1 != lines[i-1].x2 || l.y1 != lines[i-1].y2 {
			m.point("M", l.x1, l.y1)
		}
		m.point("L", l.x2, l.y2)
	}
	m.raw(`"/>`)
}

// consumed are the lines between points, in percent of the field. There is none across a gap, and a point between two gaps is a dot.
func (c chart) consumed() []chartLine {
	var lines []chartLine
	joined := false // the point before has a line
	for i, p := range c.points {
		here := chartLine{x2: c.x(p.At), y2: c.inner(float64(p.Consumed))}
		if i > 0 && !c.gaps[i] {
			before := c.points[i-1]
			here.x1, here.y1 = c.x(before.At), c.inner(float64(before.Consumed))
			lines, joined = append(lines, here), true
			continue
		}
		if i > 0 && !joined {
			lines = append(lines, c.dot(c.points[i-1]))
		}
		joined = false
	}
	if !joined {
		lines = append(lines, c.dot(c.points[len(c.points)-1]))
	}
	return lines
}

func (c chart) dot(p usage.ConsumptionPoint) chartLine {
	x, y := c.x(p.At), c.inner(float64(p.Consumed))
	return chartLine{x, y, x, y}
}

// limitSteps are the lines of the limit as it was at each time, in percent of the field.
func (c chart) limitSteps() []chartLine {
	var lines []chartLine
	steps := c.limits()
	for i, l := range steps {
		begin, end := c.x(l.From), 100.0
		if i < len(steps)-1 {
			end = c.x(steps[i+1].From)
		}
		if l.Count == nil {
			continue
		}
		y := c.inner(float64(*l.Count))
		if n := len(lines); n > 0 && lines[n-1].x2 == begin && lines[n-1].y2 != y {
			lines = append(lines, chartLine{begin, lines[n-1].y2, begin, y})
		}
		lines = append(lines, chartLine{begin, y, end, y})
	}
	return lines
}

// forecast is the line from the last point to the limit.
func (c chart) forecast() []chartLine {
	if c.Reached == nil || c.Count == nil {
		return nil
	}
	last := c.last()
	from, until := c.dot(last), min(c.Reached.Sub(last.At), c.to.Sub(last.At))
	share := float64(until) / float64(c.Reached.Sub(last.At))
	reached := float64(last.Consumed) + share*float64(*c.Count-last.Consumed)
	return []chartLine{{from.x1, from.y1, c.x(last.At.Add(until)), c.inner(reached)}}
}

// inChart are lines of the field in percent of the chart.
func inChart(lines []chartLine) []chartLine {
	placed := slices.Clone(lines)
	for i := range placed {
		placed[i].y1 = chartTop + placed[i].y1*(chartBottom-chartTop)/100
		placed[i].y2 = chartTop + placed[i].y2*(chartBottom-chartTop)/100
	}
	return placed
}

// point writes a point of a path.
func (m markup) point(command string, x, y float64) {
	m.raw(command)
	b := strconv.AppendFloat(m.buf.AvailableBuffer(), x, 'f', 2, 64)
	m.buf.Write(strconv.AppendFloat(append(b, ' '), y, 'f', 2, 64))
}

// marks writes the last figure and where the limit is reached.
func (m markup) marks(c chart) {
	last := c.last()
	m.raw(`<circle class="dot"`).percent("cx", c.x(last.At)).percent("cy", c.y(float64(last.Consumed))).raw(` r="4"/>`)
	if c.Reached != nil && c.Reached.Before(c.to) {
		m.raw(`<circle class="mark"`).percent("cx", c.x(*c.Reached)).percent("cy", c.y(float64(*c.Count))).raw(` r="4"/>`)
	}
}

// hits writes what each point says to a pointer.
func (m markup) hits(c chart) {
	width := min(c.x(c.Clock.Now)/float64(len(c.points)), 5)
	for _, p := range c.points {
		m.raw(`<rect class="hit"`).percent("x", max(c.x(p.At)-width/2, 0)).percent("y", chartTop).percent("width", width).percent("height", chartBottom-chartTop)
		m.raw(`><title>`).text(c.amount(p.Consumed)).raw(", ")
		m.buf.Write(c.Clock.AppendAbsolute(m.buf.AvailableBuffer(), p.At))
		m.raw(`</title></rect>`)
	}
}

// day is a day under the chart. A year ends in another one: there it is the month, with its year.
func (c chart) day(t time.Time) string {
	if c.Range.Days >= 365 {
		return t.In(c.Clock.Location()).Format("Jan 2006")
	}
	return c.Clock.shortDate(t)
}

// dayInside is a day in the chart, which tells its year where it is not the present one.
func (c chart) dayInside(t time.Time) string {
	if t.In(c.Clock.Location()).Year() != c.Clock.Now.In(c.Clock.Location()).Year() {
		return c.day(t)
	}
	return c.Clock.shortDate(t)
}
