package usage_test

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // the zones of TestGridKnowsNoSummerTime, wherever the test runs

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

func TestFrequencies(t *testing.T) {
	t.Parallel()
	type facts struct {
		Interval     time.Duration
		Label, Short string
		PerYear      int
		Valid        bool
	}
	for f, want := range map[usage.Frequency]facts{
		usage.Every24Hours: {24 * time.Hour, "Once every 24 hours", "24 hours", 365, true},
		usage.Every7Days:   {168 * time.Hour, "Once every 7 days", "7 days", 52, true},
		usage.Every30Days:  {720 * time.Hour, "Once every 30 days", "30 days", 12, true},
		"":                 {0, "Once every unknown interval", "unknown interval", 0, false},
		"24H":              {0, "Once every unknown interval", "unknown interval", 0, false},
		"1h":               {0, "Once every unknown interval", "unknown interval", 0, false},
	} {
		if diff := cmp.Diff(want, facts{f.Interval(), f.Label(), f.ShortLabel(), f.RunsPerYear(), f.Valid()}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", f, diff)
		}
	}
	if diff := cmp.Diff([]usage.Frequency{"24h", "7d", "30d"}, usage.Frequencies()); diff != "" {
		t.Errorf("frequencies (-want +got):\n%s", diff)
	}
}

func at(text string) time.Time {
	moment, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return moment
}

func TestGrid(t *testing.T) {
	t.Parallel()
	start := at("2026-11-01T09:30:15.123456Z")
	for _, c := range []struct {
		frequency       usage.Frequency
		now, next, last string
	}{
		{usage.Every24Hours, "2026-11-01T09:30:15.123456Z", "2026-11-02T09:30:15.123456Z", "2026-11-01T09:30:15.123456Z"}, // the start itself
		{usage.Every24Hours, "2026-11-01T09:30:15.123457Z", "2026-11-02T09:30:15.123456Z", "2026-11-01T09:30:15.123456Z"},
		{usage.Every24Hours, "2026-11-02T09:30:15.123455Z", "2026-11-02T09:30:15.123456Z", "2026-11-01T09:30:15.123456Z"},
		{usage.Every24Hours, "2026-11-02T09:30:15.123456Z", "2026-11-03T09:30:15.123456Z", "2026-11-02T09:30:15.123456Z"}, // on a slot
		{usage.Every24Hours, "2026-11-07T03:00:00Z", "2026-11-07T09:30:15.123456Z", "2026-11-06T09:30:15.123456Z"},        // five slots missed
		{usage.Every24Hours, "2026-10-01T00:00:00Z", "2026-11-01T09:30:15.123456Z", "2026-11-01T09:30:15.123456Z"},        // before it began
		{usage.Every7Days, "2026-11-08T09:30:15Z", "2026-11-08T09:30:15.123456Z", "2026-11-01T09:30:15.123456Z"},
		{usage.Every7Days, "2027-01-01T00:00:00Z", "2027-01-03T09:30:15.123456Z", "2026-12-27T09:30:15.123456Z"},
		{usage.Every30Days, "2026-11-30T23:59:59Z", "2026-12-01T09:30:15.123456Z", "2026-11-01T09:30:15.123456Z"}, // days, not months
		{usage.Every30Days, "2027-02-28T00:00:00Z", "2027-03-01T09:30:15.123456Z", "2027-01-30T09:30:15.123456Z"},
		{usage.Every30Days, "2028-02-29T00:00:00Z", "2028-03-25T09:30:15.123456Z", "2028-02-24T09:30:15.123456Z"},
	} {
		now := at(c.now)
		if next, last := c.frequency.Next(start, now), c.frequency.Last(start, now); !next.Equal(at(c.next)) || !last.Equal(at(c.last)) {
			t.Errorf("%s at %s: next %s, last %s", c.frequency, c.now, next, last)
		}
	}
}

// An unknown frequency has no grid but its start.
func TestGridOfUnknownFrequency(t *testing.T) {
	t.Parallel()
	start, now := at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z")
	if next, last := usage.Frequency("1h").Next(start, now), usage.Frequency("1h").Last(start, now); next != start || last != start {
		t.Errorf("next %s, last %s", next, last)
	}
}

func TestGridKnowsNoSummerTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, start string }{
		{"Europe/Berlin", "2026-03-28T02:30:00+01:00"},    // 02:30 of the next day doesn't exist
		{"Europe/Berlin", "2026-10-24T02:30:00+02:00"},    // 02:30 of the next day is there twice
		{"America/New_York", "2026-03-07T02:30:00-05:00"}, // as above
		{"Pacific/Apia", "2011-12-29T12:00:00-10:00"},     // the next day was left out
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		start := at(c.start)
		for _, f := range usage.Frequencies() {
			now := start.Add(f.Interval() / 2)
			inUTC, inZone := f.Next(start.UTC(), now.UTC()), f.Next(start.In(zone), now.In(zone))
			if !inZone.Equal(inUTC) || inUTC.Sub(start) != f.Interval() || !f.Last(start.In(zone), now).Equal(start) {
				t.Errorf("%s %s after %s: %s in UTC, %s in the zone", c.zone, f, c.start, inUTC, inZone)
			}
		}
	}
}

// A report that lost its start must not be due for ever.
func TestNextLiesAfterNowEvenWithoutStart(t *testing.T) {
	t.Parallel()
	now := at("2026-11-24T04:00:00Z")
	for _, f := range usage.Frequencies() {
		if next := f.Next(time.Time{}, now); !next.After(now) || next.Sub(now) > f.Interval() {
			t.Errorf("%s: %s", f, next)
		}
	}
}

func TestEveryNextIsOnTheGrid(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		start := at("2026-11-01T00:00:00Z").Add(time.Duration(random.Int64N(int64(100 * 365 * 24 * time.Hour)))).Truncate(time.Microsecond)
		onGrid(t, start, start.Add(time.Duration(random.Int64N(int64(100*365*24*time.Hour)))).Truncate(time.Microsecond))
	}
}

func onGrid(t *testing.T, start, now time.Time) {
	t.Helper()
	for _, f := range usage.Frequencies() {
		next, last := f.Next(start, now), f.Last(start, now)
		switch {
		case !next.After(now):
			t.Errorf("%s from %s at %s: the next slot %s does not lie after now", f, start, now, next)
		case next.Sub(start)%f.Interval() != 0:
			t.Errorf("%s from %s at %s: the next slot %s is not on the grid", f, start, now, next)
		case now.Before(start):
			if !next.Equal(start) || !last.Equal(start) {
				t.Errorf("%s from %s at %s: next %s, last %s", f, start, now, next, last)
			}
		case last.After(now) || next.Sub(last) != f.Interval():
			t.Errorf("%s from %s at %s: last %s before %s", f, start, now, last, next)
		}
	}
}

func FuzzGrid(f *testing.F) {
	f.Add(int64(0), int64(0))
	f.Add(int64(1_793_000_000_000_000), int64(1))
	f.Add(int64(1_793_000_000_000_000), int64(24*time.Hour/time.Microsecond))
	f.Add(int64(-5), int64(-1))
	f.Fuzz(func(t *testing.T, start, elapsed int64) {
		const century = int64(100 * 365 * 24 * time.Hour / time.Microsecond)
		begin := time.UnixMicro(start % century).UTC()
		onGrid(t, begin, begin.Add(time.Duration(elapsed%century)*time.Microsecond))
	})
}
