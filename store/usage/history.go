package usage

import "time"

// ConsumptionPoint is the consumption of a license that a report published.
type ConsumptionPoint struct {
	At       time.Time
	Consumed int64
	Count    *int64 // the license count then; nil without a limit
}

// Over reports whether more was consumed than the license count allowed then.
func (p ConsumptionPoint) Over() bool { return p.Count != nil && p.Consumed > *p.Count }

// ConsumptionDay is the consumption of one day: its highest point, the first of
// several that are equal, and what else was published.
type ConsumptionDay struct {
	ConsumptionPoint
	Low     int64
	Sum     int64
	Reports int64
	Exceeds bool // more was consumed at some time than the license count of that time
}

// Average is the mean of the day's figures.
func (d ConsumptionDay) Average() float64 { return float64(d.Sum) / float64(d.Reports) }

// LimitStep is a license count and when it was first published.
type LimitStep struct {
	From  time.Time
	Count *int64 // nil without a limit
}

// History is the consumption of a license over time. It has a day for each day on
// which something was published, in a zone, and a step for each change of the limit.
type History struct {
	Days        []ConsumptionDay
	Limits      []LimitStep
	First, Last ConsumptionPoint
	OverSince   time.Time // when consumption came over the limit without going back; zero if it is not over it
	zone        *time.Location
}

// NewHistory returns an empty history by the days of a zone.
func NewHistory(zone *time.Location) History { return History{zone: zone} }

// Add adds a point that is not earlier than those before.
func (h *History) Add(p ConsumptionPoint) {
	if len(h.Days) == 0 {
		h.First = p
	}
	if len(h.Days) == 0 || !equalCounts(h.Last.Count, p.Count) {
		h.Limits = append(h.Limits, LimitStep{From: p.At, Count: p.Count})
	}
	if !p.Over() {
		h.OverSince = time.Time{}
	} else if h.OverSince.IsZero() {
		h.OverSince = p.At
	}
	if len(h.Days) == 0 || !sameDay(h.Last.At, p.At, h.zone) {
		h.Days = append(h.Days, ConsumptionDay{ConsumptionPoint: p, Low: p.Consumed})
	}
	day := &h.Days[len(h.Days)-1]
	if p.Consumed > day.Consumed {
		day.ConsumptionPoint = p
	}
	day.Low, day.Sum, day.Reports = min(day.Low, p.Consumed), day.Sum+p.Consumed, day.Reports+1
	day.Exceeds = day.Exceeds || p.Over()
	h.Last = p
}

// Peak is the day with the highest consumption, the first of several.
func (h *History) Peak() ConsumptionDay {
	peak := h.Days[0]
	for _, d := range h.Days {
		if d.Consumed > peak.Consumed {
			peak = d
		}
	}
	return peak
}

// DaysOver is the number of days on which more was consumed than the limit allowed.
func (h *History) DaysOver() int64 {
	var n int64
	for _, d := range h.Days {
		if d.Exceeds {
			n++
		}
	}
	return n
}

// Points are the highest points of the days and, at the end, the last one.
func (h *History) Points() []ConsumptionPoint {
	points := make([]ConsumptionPoint, 0, len(h.Days)+1)
	for _, d := range h.Days {
		points = append(points, d.ConsumptionPoint)
	}
	if n := len(points); n > 0 && points[n-1].At.Before(h.Last.At) {
		points = append(points, h.Last)
	}
	return points
}

func sameDay(a, b time.Time, zone *time.Location) bool {
	ya, ma, da := a.In(zone).Date()
	yb, mb, db := b.In(zone).Date()
	return ya == yb && ma == mb && da == db
}

func equalCounts(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
