package usage

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// ForecastWeeks is how many weeks a forecast needs. Fewer show chance.
const ForecastWeeks = 4

// ForecastSpan is how far back a forecast looks.
const ForecastSpan = 52 * week

const week = 7 * 24 * time.Hour

// Forecast is a steady growth of consumption: a straight line through the
// highest value of each week.
type Forecast struct {
	Weeks int       // whole weeks that were looked at, also if there is no trend
	Until time.Time // no further than the history is long
	from  time.Time // the last week's highest value
	value float64   // of the line at from
	slope float64   // licenses per second, more than 0
}

// The limits of what counts as growth.
const (
	// chance is how likely it may be that weeks without a trend rise as these do.
	chance = 0.01
	// halfShare is the share of the slope that each half of the weeks must show by itself.
	halfShare = 0.35
)

// NewForecast returns the growth that points show. They are in the order of time,
// and all about one license. It returns false if there is no trend: consumption
// does not grow, grew in one step, swings by the week, or changes by chance.
//
// The slope is the median of the slopes between all pairs of weeks (Theil–Sen:
// P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
// 1968). Kendall's test tells growth from chance. A gap of more than two intervals
// ends the history: nothing is known of it.
func NewForecast(points []ConsumptionPoint) (Forecast, bool) {
	peaks := weeklyPeaks(afterGap(points))
	n := len(peaks)
	if n < ForecastWeeks || !rises(peaks) {
		return Forecast{Weeks: n}, false
	}
	slope := medianSlope(peaks)
	half := n / 2
	if slope <= 0 || medianSlope(peaks[:n-half]) < halfShare*slope || medianSlope(peaks[half:]) < halfShare*slope ||
		lineError(peaks, slope) > stepError(peaks) {
		return Forecast{Weeks: n}, false
	}
	first, last := peaks[0].At, peaks[n-1].At
	return Forecast{Weeks: n, Until: last.Add(last.Sub(first)), from: last, value: level(peaks, slope), slope: slope}, true
}

// At is the consumption that the forecast expects.
func (f Forecast) At(moment time.Time) float64 {
	return f.value + f.slope*moment.Sub(f.from).Seconds()
}

// Reaches is when the forecast comes to a limit; false if that is further ahead
// than the history is long.
func (f Forecast) Reaches(limit int64) (time.Time, bool) {
	seconds := max((float64(limit)-f.value)/f.slope, 0)
	if seconds > f.Until.Sub(f.from).Seconds() {
		return time.Time{}, false
	}
	return f.from.Add(time.Duration(seconds * float64(time.Second))), true
}

// Gaps tells for each point whether nothing was published for a time before it: for
// longer than two of the usual intervals of the points before, and of those after it.
// An interval is counted as a day at least, since reports that were asked for by hand
// come in between, and may be a few hours late.
func Gaps(points []ConsumptionPoint) []bool {
	const near, late = 3, 6 * time.Hour // intervals that tell what is usual
	between := make([]time.Duration, max(len(points)-1, 0))
	for i := range between {
		between[i] = points[i+1].At.Sub(points[i].At)
	}
	gaps := make([]bool, len(points))
	for i := 1; i < len(points); i++ {
		before, after := between[max(0, i-1-near):i-1], between[i:min(len(between), i+near)]
		gaps[i] = between[i-1] > 2*max(usual(before), usual(after), 24*time.Hour)+late
	}
	return gaps
}

// usual is the middle one of some intervals, 0 of none.
func usual(intervals []time.Duration) time.Duration {
	if len(intervals) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(intervals))
	return sorted[(len(sorted)-1)/2]
}

// afterGap returns the points after the last gap.
func afterGap(points []ConsumptionPoint) []ConsumptionPoint {
	for i, gap := range slices.Backward(Gaps(points)) {
		if gap {
			return points[i:]
		}
	}
	return points
}

// weeklyPeaks returns the highest point of each whole week, counted back from the
// last point.
func weeklyPeaks(points []ConsumptionPoint) []ConsumptionPoint {
	if len(points) == 0 {
		return nil
	}
	first, last := points[0].At, points[len(points)-1].At
	// A daily history of n days spans n-1 days between its ends.
	whole := int((last.Sub(first) + 24*time.Hour + 6*time.Hour) / week)
	var peaks []ConsumptionPoint
	current := -1
	for i := len(points) - 1; i >= 0; i-- {
		p := points[i]
		at := int(last.Sub(p.At) / week)
		if at >= whole {
			break // what is left is part of a week
		}
		if at != current {
			peaks, current = append(peaks, p), at
		} else if p.Consumed > peaks[len(peaks)-1].Consumed {
			peaks[len(peaks)-1] = p
		}
	}
	slices.Reverse(peaks)
	return peaks
}

// rises is Kendall's test of a trend that rises: M. G. Kendall, "Rank Correlation
// Methods", 1975, with the correction for equal values.
func rises(peaks []ConsumptionPoint) bool {
	n := len(peaks)
	var score, ties float64
	values := make([]int64, n)
	for i := range peaks {
		values[i] = peaks[i].Consumed
		for j := range i {
			score += float64(cmp.Compare(peaks[i].Consumed, peaks[j].Consumed))
		}
	}
	pairs := float64(n*(n-1)) / 2
	if n <= 5 {
		return score == pairs // the only order of so few that is rare enough
	}
	slices.Sort(values)
	for i := 0; i < n; {
		j := i
		for j < n && values[j] == values[i] {
			j++
		}
		t := float64(j - i)
		ties += t * (t - 1) * (2*t + 5)
		i = j
	}
	variance := (float64(n*(n-1)*(2*n+5)) - ties) / 18
	z := (score - 1) / math.Sqrt(variance)
	return score > 0 && math.Erfc(z/math.Sqrt2)/2 < chance
}

// medianSlope is the median of the slopes between all pairs, in licenses per second.
func medianSlope(peaks []ConsumptionPoint) float64 {
	slopes := make([]float64, 0, len(peaks)*(len(peaks)-1)/2)
	for i := range peaks {
		for j := range i {
			slopes = append(slopes, float64(peaks[i].Consumed-peaks[j].Consumed)/peaks[i].At.Sub(peaks[j].At).Seconds())
		}
	}
	return median(slopes)
}

// level is the height of the line at the last peak.
func level(peaks []ConsumptionPoint, slope float64) float64 {
	last := peaks[len(peaks)-1].At
	heights := make([]float64, len(peaks))
	for i, p := range peaks {
		heights[i] = float64(p.Consumed) + slope*last.Sub(p.At).Seconds()
	}
	return median(heights)
}

// lineError is the sum of the distances from the line.
func lineError(peaks []ConsumptionPoint, slope float64) float64 {
	height, last := level(peaks, slope), peaks[len(peaks)-1].At
	var sum float64
	for _, p := range peaks {
		sum += math.Abs(float64(p.Consumed) - (height - slope*last.Sub(p.At).Seconds()))
	}
	return sum
}

// stepError is the sum of the distances from the best single step.
func stepError(peaks []ConsumptionPoint) float64 {
	values := make([]float64, len(peaks))
	for i, p := range peaks {
		values[i] = float64(p.Consumed)
	}
	best := math.Inf(1)
	for i := 1; i < len(values); i++ {
		best = min(best, spread(values[:i])+spread(values[i:]))
	}
	return best
}

// spread is the sum of the distances from the median.
func spread(values []float64) float64 {
	middle := median(slices.Clone(values))
	var sum float64
	for _, v := range values {
		sum += math.Abs(v - middle)
	}
	return sum
}

// median sorts values, of which there is at least one.
func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
