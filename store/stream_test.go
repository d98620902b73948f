package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// Rows come in the order of bytes, each once and whole, however many are read
// at once.
func TestRowsOfALicense(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		createReport(t, s, l.ID, "daily")
		run := claim(t, s, start(), 1)[0]
		had := 0
		for _, n := range []int{0, 1, 511, 512, 513, 1024, 1025} {
			if n > 0 {
				importTyped(t, s, n)
			}
			had = max(had, n)
			got, rows := written(t, s, run, []byte("é,"))
			if rows != int64(had) {
				t.Errorf("%d rows, want %d", rows, had)
			}
			lines := bytes.SplitAfter(got, []byte("\n"))
			if len(lines) != had+1 || len(lines[had]) != 0 {
				t.Fatalf("%d lines, want %d", len(lines)-1, had)
			}
			for i, line := range lines[:had] {
				if want := fmt.Sprintf("é,,i-%04d,", i); !bytes.HasPrefix(line, []byte(want)) {
					t.Fatalf("of %d rows, row %d is %q", had, i, line)
				}
			}
		}
	})
}

// written are the rows that a run writes, and how many they are.
func written(t *testing.T, s *store.Store, run usage.Run, prefix []byte) (text []byte, rows int64) {
	t.Helper()
	var out bytes.Buffer
	err := s.ReadSnapshot(t.Context(), run, start().Add(time.Minute), func(sr *store.SnapshotReader) (err error) {
		rows, err = sr.WriteRows(&out, prefix)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), rows
}

// What a writer says comes back as it is: it may be an error of the network.
func TestRowsThatAreRefused(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		createReport(t, s, l.ID, "daily")
		run := claim(t, s, start(), 1)[0]
		importTyped(t, s, 3)
		refusal := fmt.Errorf("the bucket: %w", errors.ErrUnsupported)
		err := s.ReadSnapshot(t.Context(), run, start().Add(time.Minute), func(sr *store.SnapshotReader) error {
			_, err := sr.WriteRows(writerFunc(func([]byte) (int, error) { return 0, refusal }), nil)
			return err
		})
		if !errors.Is(err, errors.ErrUnsupported) || err.Error() != refusal.Error() {
			t.Errorf("%v", err)
		}
		if text, rows := written(t, s, run, nil); rows != 3 || bytes.Count(text, []byte(",i-000")) != 3 {
			t.Errorf("%d rows after that: %s", rows, text)
		}
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
