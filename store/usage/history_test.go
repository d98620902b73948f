package usage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"license-manager/store/usage"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	limit, raised := int64(500), int64(1000)
	point := func(at string, consumed int64, count *int64) usage.ConsumptionPoint {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		return usage.ConsumptionPoint{At: moment, Consumed: consumed, Count: count}
	}
	low, peak, again := point("2026-10-24T08:00:00Z", 400, &limit), point("2026-10-24T12:00:00Z", 650, &limit), point("2026-10-24T20:00:00Z", 450, &limit)
	next, late := point("2026-10-24T22:30:00Z", 650, &limit), point("2026-10-25T22:30:00Z", 640, &raised) // October 25 has 25 hours there
	h := usage.NewHistory(zone)
	for _, p := range []usage.ConsumptionPoint{low, peak, again, next, late} {
		h.Add(p)
	}
	want := usage.History{
		Days: []usage.ConsumptionDay{
			{ConsumptionPoint: peak, Low: 400, Sum: 1500, Reports: 3, Exceeds: true},
			{ConsumptionPoint: next, Low: 640, Sum: 1290, Reports: 2, Exceeds: true},
		},
		Limits: []usage.LimitStep{{From: low.At, Count: &limit}, {From: late.At, Count: &raised}},
		First:  low, Last: late,
	}
	if diff := cmp.Diff(want, h, cmpopts.IgnoreUnexported(usage.History{})); diff != "" {
		t.Error(diff)
	}
	if got := h.Peak(); got.Consumed != 650 || !got.At.Equal(peak.At) {
		t.Errorf("peak %+v, want the first of two", got)
	}
	if got := h.DaysOver(); got != 2 {
		t.Errorf("%d days over the limit, want 2", got)
	}
	if diff := cmp.Diff([]usage.ConsumptionPoint{peak, next, late}, h.Points()); diff != "" {
		t.Error(diff)
	}
	if got := h.Days[0].Average(); got != 500 {
		t.Errorf("average %v, want 500", got)
	}
}

func TestOverSince(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		consumed []int64
		want     int // index of the point, -1 for none
	}{
		"goes back and comes again": {[]int64{90, 101, 100, 105, 112}, 3}, "from the beginning": {[]int64{101, 102}, 0}, "not now": {[]int64{120, 99}, -1},
	} {
		limit, h := int64(100), usage.NewHistory(time.UTC)
		points := history(len(test.consumed), monday(), limit, func(day int, _ time.Time) float64 { return float64(test.consumed[day]) })
		for _, p := range points {
			h.Add(p)
		}
		var want time.Time
		if test.want >= 0 {
			want = points[test.want].At
		}
		if !h.OverSince.Equal(want) {
			t.Errorf("%s: over since %v, want %v", name, h.OverSince, want)
		}
	}
}

func TestGaps(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for name, test := range map[string]struct {
		between []time.Duration
		want    int // the point after the gap, 0 for none
	}{
		"daily, then nothing for 60 days":   {[]time.Duration{day, day, day, 60 * day}, 4},
		"a day left out":                    {[]time.Duration{day, day, 2 * day, day}, 0},
		"two days left out":                 {[]time.Duration{day, day, 3 * day, day}, 3},
		"weekly":                            {[]time.Duration{7 * day, 7 * day, 7 * day}, 0},
		"daily, then every 30 days":         {[]time.Duration{day, day, day, 30 * day, 30 * day, 30 * day}, 0},
		"every 30 days, then daily":         {[]time.Duration{30 * day, 30 * day, 30 * day, day, day}, 0},
		"asked for by hand again and again": {[]time.Duration{time.Minute, time.Minute, time.Minute, day, day}, 0},
	} {
		points := []usage.ConsumptionPoint{{At: monday()}}
		for i, d := range test.between {
			points = append(points, usage.ConsumptionPoint{At: points[i].At.Add(d)})
		}
		for i, gap := range usage.Gaps(points) {
			if gap != (i > 0 && i == test.want) {
				t.Errorf("%s: gap before point %d: %v", name, i, gap)
			}
		}
	}
}
