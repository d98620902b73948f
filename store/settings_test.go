package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func settings(t *testing.T, s *store.Store) store.Settings {
	t.Helper()
	got, err := s.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFirstReservedBucketNameHolds(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		first, err := s.ReserveBucket(t.Context(), "bucket-a")
		if err != nil || first.Bucket != "bucket-a" || first.BucketReady {
			t.Fatalf("first: %+v, %v", first, err)
		}
		second, err := s.ReserveBucket(t.Context(), "bucket-b")
		if err != nil || second.Bucket != "bucket-a" {
			t.Errorf("second: %+v, %v", second, err)
		}
		for _, want := range []bool{true, false} {
			made, err := s.BucketMade(t.Context(), by("admin", start()), "bucket-a", "TLS only: set")
			if err != nil || made != want {
				t.Errorf("made %v, %v; want %v", made, err, want)
			}
		}
		if err := s.ForgetBucket(t.Context(), "bucket-a"); err != nil {
			t.Fatal(err)
		}
		if got := settings(t, s); got.Bucket != "bucket-a" || !got.BucketReady || !got.BucketCreated || got.BucketSettings != "TLS only: set" {
			t.Errorf("a bucket in use was forgotten: %+v", got)
		}
		if err := s.AssociateBucket(t.Context(), by("admin", start()), "mine"); err != nil {
			t.Fatal(err)
		}
		if got := settings(t, s); got.Bucket != "mine" || got.BucketCreated || got.BucketSettings != "" || got.CheckedAt == nil {
			t.Errorf("associated: %+v", got)
		}
	})
}

func TestAccountIsRememberedUnlessGiven(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, address string) {
		open := func(id string) string {
			s, err := store.Open(t.Context(), store.Options{URL: address, Account: usage.Account{ID: id, Region: "us-east-1"}})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			return s.Account().ID
		}
		random := open("")
		if !usage.IsAccountID(random) {
			t.Fatalf("account %q", random)
		}
		if again := open(""); again != random {
			t.Errorf("account changed from %s to %s", random, again)
		}
		if given := open("000000000042"); given != "000000000042" {
			t.Errorf("account %s", given)
		}
		if later := open(""); later != "000000000042" {
			t.Errorf("account %s forgot the given one", later)
		}
	})
}

func TestUnusableDatabasesAreNamedWithoutSecrets(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]string{
		"no folder":   filepath.Join(t.TempDir(), "none", "db.sqlite"),
		"no server":   "postgres://user:topsecret@127.0.0.1:1/db?connect_timeout=2",
		"no address":  "postgres://user:topsecret@[::bad/db",
		"a directory": t.TempDir(),
	} {
		_, err := store.Open(t.Context(), store.Options{URL: address})
		if err == nil {
			t.Errorf("%s: opened", name)
		} else if strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%s: the password is in %q", name, err)
		}
	}
}

func TestClosedDatabaseIsUnavailable(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, err := store.Open(t.Context(), storetest.Options(address))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for name, call := range map[string]func() error{
			"ping":   func() error { return s.Ping(t.Context()) },
			"report": func() error { _, err := s.Report(t.Context(), "r-1"); return err },
			"list":   func() error { _, _, err := s.Reports(t.Context(), store.ReportQuery{Size: 1}); return err },
			"create": func() error {
				_, err := s.CreateLicense(t.Context(), by("admin", start()), usage.License{Name: "x", CountingType: usage.CountCore})
				return err
			},
		} {
			if err := call(); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
