package views

import (
	"strconv"
	"unicode"
)

// chartLabel is a text of the chart beside a point.
type chartLabel struct {
	class  string
	anchor string  // which end of it is at the point: "start", "middle", "end"
	x, y   float64 // of the point, in percent
	dx, dy float64 // from the point to its baseline, in pixels
	text   string
	roomy  bool // phones have no room for it
}

// chartRoom is the size of a chart in pixels.
type chartRoom struct{ width, height float64 }

// The least room there is on a phone, and on anything wider: what is free there is free in more room, too, because a
// label gets smaller against the chart.
func phoneRoom() chartRoom  { return chartRoom{254, 208} }
func screenRoom() chartRoom { return chartRoom{600, 248} }

// chartBox is what a label covers, in percent.
type chartBox struct{ left, right, top, bottom float64 }

// width is about how wide the text is, in pixels; only the browser knows.
func (l chartLabel) width() float64 {
	width := 0.0
	for _, r := range l.text {
		switch {
		case r == 'm':
			width += 10
		case r == 'i', r == 'l', unicode.IsSpace(r), unicode.IsPunct(r):
			width += 3.5
		case unicode.IsUpper(r):
			width += 7.5
		default:
			width += 6.8
		}
	}
	return width
}

// box is what the label covers, with a little air.
func (l chartLabel) box(room chartRoom) chartBox {
	const above, below, air = 10, 3, 1.5
	width, left := l.width(), l.dx
	switch l.anchor {
	case "middle":
		left -= width / 2
	case "end":
		left -= width
	}
	return chartBox{
		left: l.x + 100*(left-air)/room.width, right: l.x + 100*(left+width+air)/room.width,
		top: l.y + 100*(l.dy-above)/room.height, bottom: l.y + 100*(l.dy+below)/room.height,
	}
}

func (b chartBox) inside() bool {
	const air = 1.0
	return b.left >= -air && b.right <= 100+air && b.top >= 0 && b.bottom <= 100
}

func (b chartBox) overlaps(other chartBox) bool {
	return b.left < other.right && other.left < b.right && b.top < other.bottom && other.top < b.bottom
}

// chartLine is a part of a line, from left to right, in percent.
type chartLine struct{ x1, y1, x2, y2 float64 }

// crosses reports whether the line runs through the box.
func (l chartLine) crosses(b chartBox) bool {
	from, to := max(l.x1, b.left), min(l.x2, b.right)
	if from > to {
		return false
	}
	yFrom, yTo := l.y1, l.y2
	if l.x2 > l.x1 {
		slope := (l.y2 - l.y1) / (l.x2 - l.x1)
		yFrom, yTo = l.y1+slope*(from-l.x1), l.y1+slope*(to-l.x1)
	}
	return min(yFrom, yTo) < b.bottom && max(yFrom, yTo) > b.top
}

// chartLabels are the labels that have found a place, and the lines that the next ones keep clear of.
type chartLabels struct {
	placed []chartLabel
	lines  []chartLine
}

// place puts a label at the first of some places that is free: on a phone, else on wider screens only. Without any it is
// left out, so that the more important ones go first.
func (ls *chartLabels) place(places ...chartLabel) {
	for _, l := range places {
		if ls.free(l, phoneRoom()) && ls.free(l, screenRoom()) {
			ls.placed = append(ls.placed, l)
			return
		}
	}
	for _, l := range places {
		if ls.free(l, screenRoom()) {
			l.roomy = true
			ls.placed = append(ls.placed, l)
			return
		}
	}
}

func (ls *chartLabels) free(l chartLabel, room chartRoom) bool {
	b := l.box(room)
	if !b.inside() {
		return false
	}
	for _, other := range ls.placed {
		if (!other.roomy || room != phoneRoom()) && b.overlaps(other.box(room)) {
			return false
		}
	}
	for _, line := range ls.lines {
		if line.crosses(b) {
			return false
		}
	}
	return true
}

// labels places the labels of the chart, the more important first.
func (c chart) labels() []chartLabel {
	limit := inChart(c.limitSteps())
	ls := &chartLabels{lines: append(inChart(append(c.consumed(), c.forecast()...)), limit...)}
	c.labelDays(ls)
	c.labelLimit(ls)
	c.labelLast(ls)
	c.labelReached(ls)
	ls.lines = limit // at the edge, the consumption may run behind a number of the grid
	for n := 0.0; n <= c.top; n += c.step {
		ls.place(chartLabel{anchor: "start", y: c.y(n), dy: -5, text: Number(int64(n))})
	}
	return ls.placed
}

func (c chart) labelLimit(ls *chartLabels) {
	if c.Count == nil {
		return
	}
	l := chartLabel{class: "lim", y: c.y(float64(*c.Count)), text: "License limit: " + c.amount(*c.Count)}
	places := []chartLabel{l.at("end", 0, -7).moved(100), l.at("end", 0, 17).moved(100)}
	if len(c.History.Limits) == 1 { // it was the same at the left
		first := l.moved(c.x(c.History.First.At))
		places = []chartLabel{first.at("start", 0, -7), places[0], first.at("start", 0, 17), places[1]}
	}
	ls.place(places...)
}

func (c chart) labelLast(ls *chartLabels) {
	last := c.last()
	l := chartLabel{class: "strong", x: c.x(last.At), y: c.y(float64(last.Consumed)), text: Number(last.Consumed)}
	ls.place(l.at("end", -8, -9), l.at("end", -8, 18), l.at("start", 8, 18), l.at("start", 8, -9), l.at("end", 0, -10), l.at("end", 0, 18))
}

// labelReached tells the day on which the forecast comes to the limit. The forecast rises: under it, at the right, is room.
func (c chart) labelReached(ls *chartLabels) {
	if c.Reached == nil || !c.Reached.Before(c.to) {
		return
	}
	l := chartLabel{class: "lim", x: c.x(*c.Reached), y: c.y(float64(*c.Count)), text: c.dayInside(*c.Reached)}
	ls.place(l.at("start", -2, 19), l.at("end", 2, -9), l.at("start", 8, 19), l.at("end", 2, 19))
}

// labelDays writes the days under the chart.
func (c chart) labelDays(ls *chartLabels) {
	today := c.x(c.Clock.Now)
	day := chartLabel{y: 98, text: c.day(c.from)}
	ls.place(day.at("start", 0, 0))
	word := chartLabel{class: "strong", y: 98, text: "Today"}
	if c.Reached != nil {
		ls.place(word.at("middle", 0, 0).moved(today))
		day.text = c.day(c.to)
		ls.place(day.at("end", 0, 0).moved(100))
		day.text = c.day(c.Clock.Now.Add(c.to.Sub(c.Clock.Now) / 2))
		ls.place(day.at("middle", 0, 0).moved((today + 100) / 2))
	} else {
		ls.place(word.at("end", 0, 0).moved(100))
	}
	day.text = c.day(c.from.Add(c.Clock.Now.Sub(c.from) / 2))
	ls.place(day.at("middle", 0, 0).moved(today / 2))
}

// at is the label at another side of its point.
func (l chartLabel) at(anchor string, dx, dy float64) chartLabel {
	l.anchor, l.dx, l.dy = anchor, dx, dy
	return l
}

// moved is the label at another point of the same height.
func (l chartLabel) moved(x float64) chartLabel {
	l.x = x
	return l
}

func (m markup) chartLabels(labels []chartLabel) {
	for _, l := range labels {
		class := l.class
		if l.roomy {
			class += " roomy"
		}
		m.raw(`<text class="`).raw(class).raw(`"`).percent("x", l.x).percent("y", l.y).pixels("dx", l.dx).pixels("dy", l.dy)
		m.raw(` text-anchor="`).raw(l.anchor).raw(`">`).text(l.text).raw(`</text>`)
	}
}

// pixels writes an attribute in pixels; 0 needs none.
func (m markup) pixels(name string, value float64) markup {
	if value == 0 {
		return m
	}
	return m.raw(` `).raw(name).raw(`="`).raw(strconv.FormatFloat(value, 'f', 0, 64)).raw(`"`)
}
