package store_test

import (
	"slices"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// publishConsumption lets a day pass for every figure and publishes it.
func publishConsumption(t *testing.T, s *store.Store, r usage.Report, consumed ...int64) (last time.Time) {
	t.Helper()
	now := start()
	for i, n := range consumed {
		if i > 0 {
			now = now.Add(24 * time.Hour)
			if _, _, err := s.EnqueueDue(t.Context(), now, 10, 0); err != nil {
				t.Fatal(err)
			}
		}
		run := claimOne(t, s, now)
		for j := range run.Files {
			run.Files[j].Consumed, run.Files[j].LicenseID = n, r.LicenseID
		}
		finish(t, s, run, now, 1)
	}
	return now
}

func TestConsumptionOverTime(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		r := createReport(t, s, l.ID, "daily")
		now := publishConsumption(t, s, r, 3, 5, 4, 9)
		r, err := s.Report(t.Context(), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		ofReport, err := s.ReportConsumption(t.Context(), r, now.AddDate(0, 0, -2), now, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		ofLicense, err := s.LicenseConsumption(t.Context(), l.ID, now.AddDate(0, 0, -30), now, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got := figures(ofReport); len(got) != 2 || got[0] != 4 || got[1] != 9 {
			t.Errorf("the report has %v in the last two days, want 4 and 9", got)
		}
		if got := figures(ofLicense); len(got) != 4 || got[0] != 3 || !ofLicense.Last.At.Equal(now) {
			t.Errorf("the license has %v until %v, want four figures until %v", got, ofLicense, now)
		}
		ofYear, err := s.LicenseConsumption(t.Context(), l.ID, now.AddDate(-1, 0, 0), now, time.UTC)
		if got := figures(ofYear); err != nil || !slices.Equal(got, []int64{3, 5, 4, 9}) {
			t.Errorf("the license has %v in a year, want every day: %v", got, err)
		}
		r.LicenseID = createLicense(t, s, "Other").ID
		if got, err := s.ReportConsumption(t.Context(), r, now.AddDate(-1, 0, 0), now, time.UTC); err != nil || len(got.Days) != 0 {
			t.Errorf("about another license it has %v, %v", got, err)
		}
	})
}

func figures(history usage.History) []int64 {
	var all []int64
	for _, d := range history.Days {
		all = append(all, d.Consumed)
	}
	return all
}

func TestForecastOfLimits(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		count := int64(100)
		l, err := s.CreateLicense(t.Context(), by("admin", start()), usage.License{Name: "Oracle", CountingType: usage.CountCore, Count: &count})
		if err != nil {
			t.Fatal(err)
		}
		forecast := func(now time.Time, looked int, want *time.Time) {
			t.Helper()
			n, err := s.ForecastLimits(t.Context(), now, 10)
			if err != nil || n != looked {
				t.Errorf("looked at %d licenses, %v; want %d", n, err, looked)
			}
			got, err := s.License(t.Context(), l.ID)
			switch {
			case err != nil:
				t.Fatal(err)
			case (got.LimitReachedAt == nil) != (want == nil), want != nil && got.LimitReachedAt.Sub(*want).Abs() > time.Minute:
				t.Errorf("the limit is reached at %v, want %v", got.LimitReachedAt, want)
			}
		}
		forecast(start(), 1, nil)
		forecast(start(), 0, nil)
		r := createReport(t, s, l.ID, "daily")
		var consumed []int64
		for day := range int64(35) {
			consumed = append(consumed, 20+2*day)
		}
		now := publishConsumption(t, s, r, consumed...)
		reached := now.Add(6 * 24 * time.Hour) // 12 more at 2 a day
		forecast(now, 1, &reached)
		forecast(now, 0, &reached)
		l.Count = nil
		if err := s.UpdateLicense(t.Context(), by("admin", now), l); err != nil {
			t.Fatal(err)
		}
		forecast(now, 1, nil)
	})
}
