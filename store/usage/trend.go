package usage

import (
	"math"
	"time"
)

// ConsumptionPoint is what a report published of a license's consumption.
type ConsumptionPoint struct {
	At       time.Time
	Consumed int64
	Count    *int64 // the license count then; nil without a limit
}

// over reports whether more was consumed than there is.
func (p ConsumptionPoint) over() bool { return p.Count != nil && p.Consumed > *p.Count }

// TrendPoints is how many points a trend needs: fewer show chance.
const TrendPoints = 7

// Trend is how consumption grows: a line from the last point, with the slope
// of the line of least squares through all of them.
type Trend struct {
	from  time.Time
	value float64
	slope float64 // licenses per second, more than 0
}

// NewTrend returns the trend of points, which are in the order of time, and
// false if there are too few of them or consumption does not grow.
func NewTrend(points []ConsumptionPoint) (Trend, bool) {
	if len(points) < TrendPoints {
		return Trend{}, false
	}
	var sumX, sumY, sumXX, sumXY float64
	for _, p := range points {
		x, y := p.At.Sub(points[0].At).Seconds(), float64(p.Consumed)
		sumX, sumY, sumXX, sumXY = sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	n := float64(len(points))
	slope := (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX) // NaN or infinite if all are of one moment
	if !(slope > 0) || math.IsInf(slope, 0) {
		return Trend{}, false
	}
	last := points[len(points)-1]
	return Trend{from: last.At, value: float64(last.Consumed), slope: slope}, true
}

// At is the consumption that the trend foretells for a moment.
func (t Trend) At(moment time.Time) float64 {
	return t.value + t.slope*moment.Sub(t.from).Seconds()
}

// horizon is how far a trend is believed at all.
const horizon = 10 * 365 * 24 * time.Hour

// Reaches is when the trend comes to a limit that was not reached at its last
// point; false if that is too far away to tell.
func (t Trend) Reaches(limit int64) (time.Time, bool) {
	seconds := max((float64(limit)-t.value)/t.slope, 0)
	if seconds > horizon.Seconds() {
		return time.Time{}, false
	}
	return t.from.Add(time.Duration(seconds * float64(time.Second))), true
}

// OverSince is when consumption came over the license count without going
// back, and by how much it is over it at the last point; false if it is not.
func OverSince(points []ConsumptionPoint) (since time.Time, by int64, over bool) {
	if len(points) == 0 || !points[len(points)-1].over() {
		return time.Time{}, 0, false
	}
	last := points[len(points)-1]
	first := len(points) - 1
	for first > 0 && points[first-1].over() {
		first--
	}
	return points[first].At, last.Consumed - *last.Count, true
}

// Thin keeps at most limit points, the first and the last among them, evenly
// spread over the others: a drawing shows no more.
func Thin(points []ConsumptionPoint, limit int) []ConsumptionPoint {
	if len(points) <= limit || limit < 2 {
		return points
	}
	kept := make([]ConsumptionPoint, limit)
	for i := range kept {
		kept[i] = points[i*(len(points)-1)/(limit-1)]
	}
	return kept
}
