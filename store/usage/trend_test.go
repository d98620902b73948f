package usage_test

import (
	"testing"
	"time"

	"license-manager/store/usage"
)

// dailyPoints are points a day apart, against a count of 100.
func dailyPoints(consumed ...int64) []usage.ConsumptionPoint {
	count := int64(100)
	var points []usage.ConsumptionPoint
	for i, n := range consumed {
		points = append(points, usage.ConsumptionPoint{At: time.Date(2026, 11, 1+i, 6, 0, 0, 0, time.UTC), Consumed: n, Count: &count})
	}
	return points
}

func TestTrendReachesTheLimit(t *testing.T) {
	t.Parallel()
	trend, ok := usage.NewTrend(dailyPoints(70, 72, 74, 76, 78, 80, 82))
	if !ok {
		t.Fatal("no trend of seven growing points")
	}
	want := time.Date(2026, 11, 16, 6, 0, 0, 0, time.UTC) // 18 more at 2 a day
	if got, ok := trend.Reaches(100); !ok || got.Sub(want).Abs() > time.Second {
		t.Errorf("the limit is reached at %v, want %v", got, want)
	}
	if got := trend.At(want); got < 99.99 || got > 100.01 {
		t.Errorf("%v consumed then, want 100", got)
	}
	if got, ok := trend.Reaches(80); !ok || !got.Equal(time.Date(2026, 11, 7, 6, 0, 0, 0, time.UTC)) {
		t.Errorf("a limit that was passed is reached at %v", got)
	}
	if at, ok := trend.Reaches(1 << 60); ok {
		t.Errorf("a limit beyond all sense is reached at %v", at)
	}
}

func TestNoTrend(t *testing.T) {
	t.Parallel()
	one := dailyPoints(1, 2, 3, 4, 5, 6, 7)
	for i := range one {
		one[i].At = one[0].At
	}
	for name, points := range map[string][]usage.ConsumptionPoint{
		"nothing": nil, "six points": dailyPoints(1, 2, 3, 4, 5, 6), "level": dailyPoints(5, 5, 5, 5, 5, 5, 5), "falling": dailyPoints(9, 8, 7, 6, 5, 4, 3), "one moment": one,
	} {
		if trend, ok := usage.NewTrend(points); ok {
			t.Errorf("%s: %+v", name, trend)
		}
	}
}

func TestOverSince(t *testing.T) {
	t.Parallel()
	since, by, over := usage.OverSince(dailyPoints(90, 101, 100, 105, 112))
	if want := time.Date(2026, 11, 4, 6, 0, 0, 0, time.UTC); !over || by != 12 || !since.Equal(want) {
		t.Errorf("over by %d since %v (%v), want 12 since %v", by, since, over, want)
	}
	unlimited := dailyPoints(500)
	unlimited[0].Count = nil
	for _, points := range [][]usage.ConsumptionPoint{nil, dailyPoints(100), dailyPoints(120, 99), unlimited} {
		if _, _, over := usage.OverSince(points); over {
			t.Errorf("%v is over its count", points)
		}
	}
}

func TestThinKeepsTheEnds(t *testing.T) {
	t.Parallel()
	points := dailyPoints(make([]int64, 1000)...)
	points[0].Consumed, points[999].Consumed = 1, 2
	thin := usage.Thin(points, 200)
	if len(thin) != 200 || thin[0].Consumed != 1 || thin[199].Consumed != 2 {
		t.Errorf("%d points from %d to %d", len(thin), thin[0].Consumed, thin[len(thin)-1].Consumed)
	}
	for i := range len(thin) - 1 {
		if !thin[i].At.Before(thin[i+1].At) {
			t.Fatalf("point %d comes before point %d", i+1, i)
		}
	}
	if got := usage.Thin(dailyPoints(1, 2), 200); len(got) != 2 {
		t.Errorf("%d points of 2", len(got))
	}
}
