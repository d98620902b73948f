package views

import (
	"testing"
	"time"
)

func testNow() time.Time { return time.Date(2026, 11, 23, 15, 29, 30, 0, time.UTC) }

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestRelative(t *testing.T) {
	t.Parallel()
	clock := Clock{Now: testNow()}
	for _, test := range []struct {
		distance time.Duration
		past     string
		future   string
	}{
		{0, "Now", "Now"},
		{59 * time.Second, "Now", "Now"},
		{time.Minute, "1 minute ago", "In 1 minute"},
		{36 * time.Minute, "36 minutes ago", "In 36 minutes"},
		{59*time.Minute + 29*time.Second, "59 minutes ago", "In 59 minutes"},
		{59*time.Minute + 59*time.Second, "59 minutes ago", "In 59 minutes"},
		{time.Hour, "1 hour ago", "In 1 hour"},
		{2*time.Hour + 27*time.Minute, "2 hours ago", "In 2 hours"},
		{21*time.Hour + 33*time.Minute, "22 hours ago", "In 22 hours"},
		{23*time.Hour + 59*time.Minute, "23 hours ago", "In 23 hours"},
		{24 * time.Hour, "1 day ago", "In 1 day"},
		{31 * day, "31 days ago", "In 31 days"},
		{32 * day, "1 month ago", "In 1 month"},
		{70 * day, "2 months ago", "In 2 months"},
		{250 * day, "8 months ago", "In 8 months"},
		{351 * day, "1 year ago", "In 1 year"},
		{3 * 365 * day, "3 years ago", "In 3 years"},
	} {
		if got := clock.Relative(testNow().Add(-test.distance)); got != test.past {
			t.Errorf("%v ago = %q, want %q", test.distance, got, test.past)
		}
		if got := clock.Relative(testNow().Add(test.distance)); got != test.future {
			t.Errorf("in %v = %q, want %q", test.distance, got, test.future)
		}
	}
	if got := clock.Relative(time.Time{}); got != Missing {
		t.Errorf("zero time = %q", got)
	}
}

func TestAbsolute(t *testing.T) {
	t.Parallel()
	instant := time.Date(2023, 12, 21, 13, 29, 0, 0, time.UTC)
	for _, test := range []struct {
		clock Clock
		time  time.Time
		want  string
	}{
		{Clock{Zone: berlin(t)}, instant, "December 21, 2023, 14:29 (UTC+01:00)"},
		{Clock{Zone: berlin(t)}, instant.AddDate(0, 6, 0), "June 21, 2024, 15:29 (UTC+02:00)"},
		{Clock{Zone: time.FixedZone("", -9*3600-1800)}, instant, "December 21, 2023, 03:59 (UTC-09:30)"},
		{Clock{Zone: time.UTC}, instant.In(berlin(t)), "December 21, 2023, 13:29 (UTC)"},
		{Clock{}, instant, "December 21, 2023, 13:29 (UTC)"},
		{Clock{}, time.Time{}, Missing},
	} {
		if got := test.clock.Absolute(test.time); got != test.want {
			t.Errorf("Absolute = %q, want %q", got, test.want)
		}
	}
}

func TestOffset(t *testing.T) {
	t.Parallel()
	summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		zone    string
		now     time.Time
		want    string
		minutes int
	}{
		{"Europe/Berlin", testNow(), "UTC+01:00", 60},
		{"Europe/Berlin", summer, "UTC+02:00", 120},
		{"America/St_Johns", testNow(), "UTC-03:30", -210},
		{"Asia/Kathmandu", testNow(), "UTC+05:45", 345},
		{"Pacific/Kiritimati", testNow(), "UTC+14:00", 840},
		{"Europe/London", testNow(), "UTC", 0},
		{"Europe/London", summer, "UTC+01:00", 60},
	} {
		zone, err := time.LoadLocation(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		clock := Clock{Now: test.now, Zone: zone}
		if clock.Offset() != test.want || clock.OffsetMinutes() != test.minutes {
			t.Errorf("%s: %s, %d minutes, want %s, %d", test.zone, clock.Offset(), clock.OffsetMinutes(), test.want, test.minutes)
		}
	}
	if c := (Clock{Now: testNow()}); c.Offset() != "UTC" || c.ZoneName() != "UTC" {
		t.Errorf("without a zone: %s, %s", c.Offset(), c.ZoneName())
	}
}

// The hour that comes twice when summer ends is told apart by its offset; the day is the one of the reader.
func TestAbsoluteWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	clock := Clock{Zone: berlin(t)}
	first := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)
	for moment, want := range map[time.Time]string{
		first:                "October 25, 2026, 02:30 (UTC+02:00)",
		first.Add(time.Hour): "October 25, 2026, 02:30 (UTC+01:00)",
		time.Date(9999, 12, 31, 23, 30, 0, 0, time.UTC): "January 1, 10000, 00:30 (UTC+01:00)",
	} {
		if got := clock.Absolute(moment); got != want {
			t.Errorf("Absolute(%v) = %q, want %q", moment, got, want)
		}
	}
}

func TestRelativeOfFarYears(t *testing.T) {
	t.Parallel()
	clock := Clock{Now: testNow()}
	for year, want := range map[int]string{2126: "In 100 years", 2326: "In 292 years", 9999: "In 292 years", 1926: "100 years ago", 1: "292 years ago"} {
		if got := clock.Relative(testNow().AddDate(year-2026, 0, 0)); got != want {
			t.Errorf("%d: %q, want %q", year, got, want)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	late := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	if got := (Clock{Zone: berlin(t)}).Date(late); got != "January 1, 2027" {
		t.Errorf("Date = %q", got)
	}
	if got := (Clock{}).Date(time.Time{}); got != Missing {
		t.Errorf("Date of the zero time = %q", got)
	}
}

func TestAppendAllocatesNothing(t *testing.T) { //nolint:paralleltest // testing.AllocsPerRun refuses parallel tests
	now := testNow()
	clock := Clock{Now: testNow(), Zone: berlin(t)}
	buffer := make([]byte, 0, 256)
	allocations := testing.AllocsPerRun(100, func() {
		b := clock.AppendRelative(buffer, now.Add(-time.Hour))
		b = clock.AppendAbsolute(b, now)
		b = AppendNumber(b, 1_234_567)
		b = AppendSize(b, 21_900)
		_ = AppendDuration(b, 72*time.Second)
	})
	if allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}
