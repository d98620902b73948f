package store_test

import (
	"cmp"
	"math/rand/v2"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// SQLite compares moments as the text that the driver writes: fractions have
// as many digits as they need, and "+" comes before "." and "." before digits.
func TestTextOfMomentsIsOrderedAsTheyAre(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	_, read, _ := s.Pools()
	compare := func(a, b time.Time) {
		t.Helper()
		var row struct {
			A, B  string
			Order int
		}
		// || makes text of what the driver bound, whatever that is.
		query := "SELECT ? || '' AS a, ? || '' AS b, (? > ?) - (? < ?) AS \"order\""
		if err := read.WithContext(t.Context()).Raw(query, a, b, a, b, a, b).Scan(&row).Error; err != nil {
			t.Fatal(err)
		}
		if want := cmp.Compare(a.UnixMicro(), b.UnixMicro()); row.Order != want {
			t.Errorf("%s and %s are ordered %d, want %d", row.A, row.B, row.Order, want)
		}
		if a.Year() < 10_000 && row.A != a.Format("2006-01-02 15:04:05.999999-07:00") {
			t.Errorf("the driver writes %v as %s", a, row.A)
		}
	}
	second := time.Date(2026, 11, 23, 14, 2, 3, 0, time.UTC)
	var moments []time.Time
	for _, micros := range []int{0, 1, 10, 100, 456_789, 456_780, 456_700, 456_000, 450_000, 400_000, 500_000, 999_999, 1_000_000, -1} {
		moments = append(moments, second.Add(time.Duration(micros)*time.Microsecond))
	}
	for _, a := range moments {
		for _, b := range moments {
			compare(a, b)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		a := time.UnixMicro(random.Int64N(253_402_300_799_000_000)).UTC() // until the year 9999
		precision := []time.Duration{time.Microsecond, time.Millisecond, 100 * time.Millisecond, time.Second}[random.IntN(4)]
		compare(a.Truncate(precision), a.Add(time.Duration(random.Int64N(int64(2*time.Second)))).Truncate(time.Microsecond))
	}
}

// Whatever zone and precision a clock has, what is stored has one.
func TestMomentsAreStoredInUTC(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		zone := time.FixedZone("summer", 2*60*60)
		at := time.Date(2026, 11, 23, 16, 2, 3, 456_789_999, zone)
		want := time.Date(2026, 11, 23, 14, 2, 3, 456_789_000, time.UTC)
		l := createLicense(t, s, "Oracle")
		r, err := s.CreateReport(t.Context(), by("admin", at), usage.Report{Name: "daily", LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, s, claimOne(t, s, at), at, 1)
		history, _, err := s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Page: 1, Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		run, file := history[0].Run, history[0].File
		for name, got := range map[string]time.Time{
			"report created": r.CreatedAt, "grid": r.GridStart, "next": r.NextRunAt.Add(-24 * time.Hour), "last": *reportNow(t, s, r.ID).LastReportAt,
			"scheduled": run.ScheduledFor, "run created": run.CreatedAt, "started": *run.StartedAt, "finished": *run.FinishedAt, "published": *file.PublishedAt,
		} {
			if got != want {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
		if _, n, err := s.EnqueueDue(t.Context(), at.Add(24*time.Hour-time.Microsecond), 10, 0); n != 0 || err != nil {
			t.Errorf("%d due before their time, %v", n, err)
		}
		if _, n, err := s.EnqueueDue(t.Context(), at.Add(24*time.Hour), 10, 0); n != 1 || err != nil {
			t.Errorf("%d due at their time, %v", n, err)
		}
	})
}
