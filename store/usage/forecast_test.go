package usage_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"license-manager/store/usage"
)

// history has a point a day, of which the last one is on end.
func history(days int, end time.Time, limit int64, consumed func(day int, at time.Time) float64) []usage.ConsumptionPoint {
	var points []usage.ConsumptionPoint
	for day := range days {
		at := end.AddDate(0, 0, day-days+1)
		points = append(points, usage.ConsumptionPoint{At: at, Consumed: int64(math.Round(consumed(day, at))), Count: &limit})
	}
	return points
}

func weekend(at time.Time) bool { return at.Weekday() == time.Saturday || at.Weekday() == time.Sunday }

// monday is a day to count from.
func monday() time.Time { return time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC) }

// reached is the forecast of when a limit is reached, if there is one.
func reached(points []usage.ConsumptionPoint, limit int64) (time.Time, bool) {
	forecast, ok := usage.NewForecast(points)
	if !ok {
		return time.Time{}, false
	}
	return forecast.Reaches(limit)
}

func TestNoForecastWithoutATrend(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		days     int
		limit    int64
		consumed func(day int, at time.Time) float64
	}{
		"one day far above": {365, 500, func(day int, _ time.Time) float64 {
			if day == 165 {
				return 650
			}
			return 400
		}},
		"level, while the limit was raised": {365, 1000, func(int, time.Time) float64 { return 600 }},
		"one step": {40, 600, func(day int, _ time.Time) float64 {
			if day < 30 {
				return 300
			}
			return 520
		}},
		"a weekly cycle": {182, 600, func(_ int, at time.Time) float64 {
			if weekend(at) {
				return 300
			}
			return 560
		}},
		"noise": {182, 600, func(day int, _ time.Time) float64 {
			return 500 + float64(day*7919%61) - 30
		}},
		"falling":           {182, 600, func(day int, _ time.Time) float64 { return 500 - float64(day) }},
		"three weeks":       {27, 600, func(day int, _ time.Time) float64 { return 400 + float64(day) }},
		"growth that ended": {182, 600, func(day int, _ time.Time) float64 { return 300 + float64(min(day, 70)) }},
		"nothing":           {0, 600, nil},
		"one":               {1, 600, func(int, time.Time) float64 { return 5 }},
	} {
		// The answer must not depend on the day of the week.
		for shift := range 7 {
			points := history(test.days, monday().AddDate(0, 0, shift), test.limit, test.consumed)
			if at, ok := reached(points, test.limit); ok {
				t.Errorf("%s, a week that ends on %v: the limit is reached on %v", name, monday().AddDate(0, 0, shift).Weekday(), at)
			}
		}
	}
}

func TestNoForecastAcrossAGap(t *testing.T) {
	t.Parallel()
	points := history(90, monday().AddDate(0, 0, -60), 600, func(day int, _ time.Time) float64 { return 300 + float64(day) })
	points = append(points, usage.ConsumptionPoint{At: monday(), Consumed: 420})
	if at, ok := reached(points, 600); ok {
		t.Errorf("the limit is reached on %v", at)
	}
}

func TestForecastOfGrowthOnWeekdays(t *testing.T) {
	t.Parallel()
	const limit = 650
	for shift := range 7 {
		end := monday().AddDate(0, 0, shift)
		points := history(182, end, limit, func(day int, at time.Time) float64 {
			if weekend(at) {
				return (400 + float64(day)) / 2
			}
			return 400 + float64(day)
		})
		at, ok := reached(points, limit)
		want := end.AddDate(0, 0, limit-400-181)
		if off := at.Sub(want); !ok || off.Abs() > want.Sub(end)/10 {
			t.Errorf("a week that ends on %v: the limit is reached on %v (%v), want %v", end.Weekday(), at, ok, want)
		}
	}
}

func TestForecastIsNoLongerThanTheHistory(t *testing.T) {
	t.Parallel()
	points := history(35, monday(), 1000, func(day int, _ time.Time) float64 { return 100 + float64(day) })
	forecast, ok := usage.NewForecast(points)
	if !ok || forecast.Weeks != 5 {
		t.Fatalf("%d weeks, %v; want a forecast of 5", forecast.Weeks, ok)
	}
	if want := monday().AddDate(0, 0, 28); !forecast.Until.Equal(want) {
		t.Errorf("until %v, want %v", forecast.Until, want)
	}
	if got := forecast.At(monday().AddDate(0, 0, 10)); math.Abs(got-144) > 0.01 {
		t.Errorf("%v consumed in ten days, want 144", got)
	}
	if at, ok := forecast.Reaches(160); !ok || !at.Equal(monday().AddDate(0, 0, 26)) {
		t.Errorf("160 are reached on %v, %v", at, ok)
	}
	if at, ok := forecast.Reaches(170); ok {
		t.Errorf("170 are reached on %v, further ahead than the history is long", at)
	}
}

// TestRandomHistories has 1,000 histories of known kinds: at most 5 % of those
// without a trend may get a date, and at most 5 % of the dates of those with one
// may be wrong by more than a fifth.
func TestRandomHistories(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(15, 2)) //nolint:gosec // the same histories in every run
	kinds := []string{"noise", "weekly", "step", "two levels", "growth", "growth on weekdays"}
	dates, wrong, of := map[string]int{}, map[string]int{}, map[string]int{}
	for i := range 1000 {
		kind := kinds[i%len(kinds)]
		days := 28 + random.IntN(337)
		base, noise, slope := 300+200*random.Float64(), 1+25*random.Float64(), 0.3+random.Float64()
		step := int(float64(days) * random.Float64())
		rise := 50 + 150*random.Float64()
		now := base + slope*float64(days-1)
		limit := int64(base + rise + 4*noise)
		if kind == "noise" || kind == "weekly" {
			limit = int64(base + 3*noise) // hardly above what chance reaches
		}
		if kind == "growth" || kind == "growth on weekdays" {
			limit = int64(now + (0.2+0.6*random.Float64())*slope*float64(days))
			noise = slope * 3
		}
		end := monday().AddDate(0, 0, random.IntN(7))
		points := history(days, end, limit, func(day int, at time.Time) float64 {
			chance := noise * random.NormFloat64()
			switch kind {
			case "weekly":
				if weekend(at) {
					return base/2 + chance
				}
				return base + chance
			case "step":
				if day >= step {
					return base + rise + chance
				}
				return base + chance
			case "two levels":
				if day >= step/2 && day < step {
					return base + rise + chance
				}
				return base + chance
			case "growth":
				return base + slope*float64(day) + chance
			case "growth on weekdays":
				if weekend(at) {
					return (base + slope*float64(day)) / 2
				}
				return base + slope*float64(day) + chance
			default:
				return base + chance
			}
		})
		of[kind]++
		at, ok := reached(points, limit)
		if !ok {
			continue
		}
		dates[kind]++
		want := float64(limit) - now
		got := at.Sub(end).Hours() / 24 * slope
		if kind != "growth" && kind != "growth on weekdays" || math.Abs(got-want) > 0.2*want+7*slope {
			wrong[kind]++
		}
	}
	var sum, falseDates int
	for _, kind := range kinds {
		t.Logf("%s: %d of %d have a date, %d are wrong", kind, dates[kind], of[kind], wrong[kind])
		sum, falseDates = sum+of[kind], falseDates+wrong[kind]
		if wrong[kind]*20 > of[kind] {
			t.Errorf("%s: %d of %d have a wrong date", kind, wrong[kind], of[kind])
		}
	}
	if falseDates*20 > sum {
		t.Errorf("%d of %d histories have a wrong date", falseDates, sum)
	}
	if dates["growth"]*10 < 8*of["growth"] {
		t.Errorf("of %d that grow only %d have a date", of["growth"], dates["growth"])
	}
}
