package store_test

import (
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
)

func TestClockTellsTheTimeAndGoesOn(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		clock, err := s.DB().OpenClock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		first := clock.Now()
		if err := clock.Adjust(t.Context()); err != nil {
			t.Fatal(err)
		}
		second := clock.Now()
		if off := time.Since(first); off < -time.Minute || off > time.Minute { // the same machine
			t.Errorf("the clock is off by %v", off)
		}
		if second.Before(first.Add(-time.Second)) || second.Location() != time.UTC || second.Nanosecond()%1000 != 0 {
			t.Errorf("first %v, then %v", first, second)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		_ = clock.Adjust(t.Context()) // what it told last is still good
		if third := clock.Now(); third.Before(second) {
			t.Errorf("%v after %v", third, second)
		}
	})
}
