package inventory

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sorted returns the records of a sorter as "key value".
func sorted(t *testing.T, s *sorter) []string {
	t.Helper()
	var out []string
	err := s.each(func(key, value []byte) error {
		out = append(out, string(key)+" "+string(value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSorterIsStableInMemoryAndOnDisk(t *testing.T) {
	t.Parallel()
	for _, memory := range []int{1, 100, 1000, sorterMemory} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			t.Parallel()
			s := newSorter(t.TempDir())
			s.memory = memory
			defer s.close()
			r := rand.New(rand.NewPCG(1, 2))
			var want []string
			for i := range 1000 {
				key, value := strings.Repeat("k", r.IntN(3))+fmt.Sprint(r.IntN(50)), fmt.Sprint(i, strings.Repeat("v", r.IntN(40)))
				if err := s.add(key, []byte(value)); err != nil {
					t.Fatal(err)
				}
				want = append(want, key+" "+value)
			}
			slices.SortStableFunc(want, func(a, b string) int {
				a, _, _ = strings.Cut(a, " ")
				b, _, _ = strings.Cut(b, " ")
				return strings.Compare(a, b)
			})
			for range 2 { // it can be read again
				if diff := cmp.Diff(want, sorted(t, s)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestSorterLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSorter(dir)
	s.memory = 1
	for range 3 {
		if err := s.add("key", []byte("value")); err != nil {
			t.Fatal(err)
		}
	}
	sorted(t, s)
	s.close()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestSorterTellsWhatFails(t *testing.T) {
	t.Parallel()
	s := newSorter(t.TempDir() + "/gone")
	s.memory = 1
	if err := s.add("a", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.add("b", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("add without a directory: %v", err)
	}
	stop := errors.New("stop")
	if err := s.each(func(_, _ []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("each: %v", err)
	}
}
