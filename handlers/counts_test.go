package handlers

import (
	"fmt"
	"testing"
	"time"

	"license-manager/store"
)

// That a list has more rows than are counted is believed for a moment and no
// longer, also if it is asked for all the time, and not after a change.
func TestManyRowsAreBelievedForAMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	var n counts
	check := func(when string, want int64) {
		t.Helper()
		if got := n.total("/list?q=a", now); got != want {
			t.Errorf("%s: %d, want %d", when, got, want)
		}
		n.note("/list?q=a", n.total("/list?q=a", now), now)
	}
	check("before it was counted", 0)
	n.note("/list?q=a", store.CountBound, now)
	check("with few rows", 0)
	n.note("/list?q=a", store.CountBound+1, now)
	check("with many", store.CountBound+1)
	now = now.Add(countsAge - time.Second)
	check("soon after", store.CountBound+1)
	now = now.Add(2 * time.Second)
	check("later", 0)
	n.note("/list?q=a", store.CountBound+1, now)
	n.forget()
	check("after a change", 0)
	for i := range 3 * manyKept {
		n.note(fmt.Sprint("/list?q=", i), store.CountBound+1, now)
	}
	if len(n.many) > manyKept {
		t.Errorf("%d lists are remembered", len(n.many))
	}
}
