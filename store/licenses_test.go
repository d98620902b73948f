package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func TestLicenseSurvivesTheDatabase(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		expires := start().Truncate(24 * 3600 * 1e9)
		want := usage.License{
			Name: "<script>alert(1)</script>", Description: "Zeile 1\nline 2 “quoted” 'x'; DROP TABLE", CountingType: usage.CountCore, Count: count(20),
			HardLimit: true, Rules: usage.Rules{{Name: usage.AllowedTenancy, Value: "EC2-DedicatedHost"}, {Name: usage.MinimumCores, Value: "04"}},
			ExpiresAt: &expires, Tags: []usage.Tag{{Key: "z", Value: ""}, {Key: "a", Value: "1"}},
		}
		got, err := s.CreateLicense(t.Context(), by("admin", start()), want)
		if err != nil {
			t.Fatal(err)
		}
		want.ID, want.ARN, want.NameKey = got.ID, storetest.Account().LicenseARN(got.ID), usage.FoldName(want.Name)
		want.Rules[1].Value, want.Status, want.OwnerAccountID, want.Version = "4", usage.LicenseAvailable, storetest.Account().ID, 1
		want.CreatedAt, want.CreatedBy, want.UpdatedAt, want.UpdatedBy = start(), "admin", start(), "admin"
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLicenseEdit(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		edited := l
		edited.Name, edited.Count, edited.CountingType, edited.Tags = "Oracle EE", nil, usage.CountSocket, []usage.Tag{{Key: "k", Value: "v"}}
		if err := s.UpdateLicense(t.Context(), by("editor", start()), edited); err != nil {
			t.Fatal(err)
		}
		got, err := s.License(t.Context(), l.ID)
		if err != nil || got.Name != "Oracle EE" || got.Count != nil || got.CountingType != usage.CountVCPU || len(got.Tags) != 1 || got.UpdatedBy != "editor" {
			t.Errorf("edited %+v, %v", got, err)
		}
		if err := s.UpdateLicense(t.Context(), by("late", start()), l); !errors.Is(err, store.ErrStale) {
			t.Errorf("second edit: %v", err)
		}
		l.ID = usage.NewLicenseID()
		if err := s.UpdateLicense(t.Context(), by("late", start()), l); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown license: %v", err)
		}
	})
}

func TestLicenseEditKeepsTheHardLimit(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		honor := func(value string) usage.Rules { return usage.Rules{{Name: usage.HonorVCPUOptimization, Value: value}} }
		l := usage.License{Name: "Oracle", CountingType: usage.CountVCPU, Count: count(4), HardLimit: true, Rules: honor("True")}
		l, err := s.CreateLicense(t.Context(), by("admin", start()), l)
		if err != nil {
			t.Fatal(err)
		}
		importFile(t, s, "resource_id,resource_type,resource_owner_id,vcpus,cores,threads_per_core,license\ni-1,EC2_INSTANCE,012345678901,8,4,1,Oracle\n")
		consumed := func(want int64) {
			t.Helper()
			if row, err := s.LicenseRow(t.Context(), l.ID); err != nil || row.Consumed != want {
				t.Errorf("consumed %d, %v; want %d", row.Consumed, err, want)
			}
		}
		edit := l
		edit.Rules = honor("False")
		var wrong usage.FieldErrors
		err = s.UpdateLicense(t.Context(), by("editor", start()), edit)
		if want := "“Oracle” enforces its limit: 4 vCPUs needed, 0 available."; !errors.As(err, &wrong) || wrong.For("honorVcpuOptimization") != want {
			t.Errorf("an edit over the hard limit: %v", err)
		}
		consumed(4)
		edit.HardLimit = false
		if err := s.UpdateLicense(t.Context(), by("editor", start()), edit); err != nil {
			t.Errorf("an edit over the soft limit: %v", err)
		}
		consumed(8)
		edit.Version, edit.HardLimit, edit.Rules = edit.Version+1, true, honor("True")
		if err := s.UpdateLicense(t.Context(), by("editor", start()), edit); err != nil {
			t.Errorf("an edit back within the hard limit: %v", err)
		}
		consumed(4)
	})
}

func TestLicenseInUseStays(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		r := createReport(t, s, l.ID, "daily")
		err := s.DeleteLicense(t.Context(), by("admin", start()), l.ID)
		var use *store.InUseError
		if !errors.Is(err, store.ErrInUse) || !errors.As(err, &use) || use.ReportsN != 1 || use.Reports[0].Name != "daily" {
			t.Fatalf("delete with a report: %v", err)
		}
		if _, err := s.DeleteReports(t.Context(), by("admin", start()), []string{r.ID}); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteLicense(t.Context(), by("admin", start()), l.ID); err != nil {
			t.Errorf("delete without a report: %v", err)
		}
		if _, err := s.License(t.Context(), l.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted license: %v", err)
		}
		if err := s.DeleteLicense(t.Context(), by("admin", start()), l.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
	})
}

func TestLicenseListCountsAndFilters(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		a, b := createLicense(t, s, "alpha"), createLicense(t, s, "Beta")
		createReport(t, s, b.ID, "one")
		createReport(t, s, b.ID, "two")
		if err := s.SetLicenseStatus(t.Context(), by("admin", start()), a.ID, usage.LicenseDeactivated); err != nil {
			t.Fatal(err)
		}
		rows, total, err := s.Licenses(t.Context(), store.LicenseQuery{Sort: "-reports", Page: 1, Size: 10, Now: start()})
		if err != nil || total != 2 || rows[0].Name != "Beta" || rows[0].Reports != 2 || rows[1].Consumed != 0 {
			t.Errorf("list %+v, %d, %v", rows, total, err)
		}
		for filter, want := range map[string]string{"available": "Beta", "deactivated": "alpha"} {
			rows, total, err = s.Licenses(t.Context(), store.LicenseQuery{Status: filter, Page: 1, Size: 10, Now: start()})
			if err != nil || total != 1 || rows[0].Name != want {
				t.Errorf("%s: %+v, %v", filter, rows, err)
			}
		}
		for _, sort := range []string{"name", "status", "type", "consumed", "count", "reports", "resources", "expires", "-expires", "made-up"} {
			if rows, _, err := s.Licenses(t.Context(), store.LicenseQuery{Text: "a", Sort: sort, Page: 1, Size: 10, Now: start()}); err != nil || len(rows) != 2 {
				t.Errorf("sort %s: %d rows, %v", sort, len(rows), err)
			}
		}
		choices, err := s.LicenseChoices(t.Context())
		if err != nil || len(choices) != 1 || choices[0].ID != b.ID {
			t.Errorf("choices %+v, %v", choices, err)
		}
	})
}

func TestLicenseListKnowsStates(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		past, future := start().AddDate(0, -1, 0), start().AddDate(0, 1, 0)
		for name, expires := range map[string]*time.Time{"expired": &past, "later": &future, "never": nil} {
			l := usage.License{Name: name, CountingType: usage.CountCore, ExpiresAt: expires}
			if _, err := s.CreateLicense(t.Context(), by("admin", start()), l); err != nil {
				t.Fatal(err)
			}
		}
		off := createLicense(t, s, "Gebühren")
		if err := s.SetLicenseStatus(t.Context(), by("admin", start()), off.ID, usage.LicenseDeactivated); err != nil {
			t.Fatal(err)
		}
		for q, want := range map[store.LicenseQuery][]string{
			{Status: "available"}:    {"later", "never"},
			{Status: "expired"}:      {"expired"},
			{Sort: "status"}:         {"later", "never", "expired", "Gebühren"},
			{Sort: "-status"}:        {"Gebühren", "expired", "never", "later"},
			{Sort: "expires"}:        {"expired", "later", "Gebühren", "never"},
			{Sort: "-expires"}:       {"never", "Gebühren", "later", "expired"},
			{Text: "GEBU\u0308HREN"}: {"Gebühren"},
		} {
			q.Page, q.Size, q.Now = 1, 10, start()
			rows, total, err := s.Licenses(t.Context(), q)
			var got []string
			for _, row := range rows {
				got = append(got, row.Name)
			}
			if err != nil || int(total) != len(want) || !slices.Equal(got, want) {
				t.Errorf("%+v: %v, %d, %v; want %v", q, got, total, err, want)
			}
		}
	})
}

func TestLicenseListFindsWhatNeedsAttention(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		now := start()
		ten, day := int64(10), 24*time.Hour
		write, _, _ := s.Pools()
		for name, l := range map[string]struct {
			consumed         int64
			expires, reaches time.Duration
			off              bool
		}{
			"calm": {consumed: 7, expires: 31 * day, reaches: 31 * day}, "high": {consumed: 8}, "full": {consumed: 10}, "over": {consumed: 11, reaches: day},
			"soon": {expires: 29 * day, reaches: 29 * day}, "past": {expires: -day}, "off": {consumed: 11, expires: -day, reaches: day, off: true},
		} {
			made := usage.License{Name: name, CountingType: usage.CountCore, Count: &ten}
			if l.expires != 0 {
				at := now.Add(l.expires)
				made.ExpiresAt = &at
			}
			made, err := s.CreateLicense(t.Context(), by("admin", now), made)
			if err == nil {
				err = write.Exec("INSERT INTO license_counters (license_id, resource_type, associated, consumed) VALUES (?, 'RDS', 1, ?)", made.ID, l.consumed).Error
			}
			if err == nil {
				err = write.Exec("UPDATE licenses SET used = ? WHERE id = ?", l.consumed, made.ID).Error
			}
			if err == nil && l.reaches != 0 {
				err = write.Exec("UPDATE licenses SET limit_reached_at = ? WHERE id = ?", now.Add(l.reaches), made.ID).Error
			}
			if err == nil && l.off {
				err = s.SetLicenseStatus(t.Context(), by("admin", now), made.ID, usage.LicenseDeactivated)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for q, want := range map[store.LicenseQuery]string{
			{Status: "available"}: "calm soon", {Status: "high-use"}: "full high", {Status: "over-limit"}: "over", {Status: "limit-reached"}: "soon",
			{Status: "expiring"}: "soon", {Status: "expired"}: "past", {Status: "deactivated"}: "off", {Sort: "-use", Size: 4}: "over off full high",
		} {
			q.Page, q.Size, q.Now = 1, max(q.Size, 3), now
			rows, _, err := s.Licenses(t.Context(), q)
			var got []string
			for _, row := range rows {
				got = append(got, row.Name)
			}
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("%+v: %v, %v; want %s", q, got, err, want)
			}
		}
	})
}
