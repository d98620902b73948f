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
		{59*time.Minute + 30*time.Second, "1 hour ago", "In 1 hour"},
		{2*time.Hour + 27*time.Minute, "2 hours ago", "In 2 hours"},
		{21*time.Hour + 33*time.Minute, "22 hours ago", "In 22 hours"},
		{23*time.Hour + 30*time.Minute, "1 day ago", "In 1 day"},
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
