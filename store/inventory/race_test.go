package inventory_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"

	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// together runs all at once and returns their errors.
func together(all ...func() error) []error {
	errs := make([]error, len(all))
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i, fn := range all {
		wg.Go(func() {
			<-begin
			errs[i] = fn()
		})
	}
	close(begin)
	wg.Wait()
	return errs
}

func TestImportsAtOnceNeverPassAHardLimit(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s := storetest.Open(t, address)
		l := limited(t, s, 1000)
		importFile(t, s, instances(90_000, 300, ""))
		left := make([]int64, 4)
		importOf := func(i int) func() error {
			return func() error {
				source := inventory.Source{Name: "f.csv"}
				job, err := importer(s).WithSlices(50).ImportFile(t.Context(), by("admin", start()), source, strings.NewReader(instances(10_000*i, 600, "Oracle")))
				var refused *inventory.RefusedError
				if errors.As(err, &refused) { // the others had been applied when it was judged
					job, err = inventory.Import{Result: inventory.Result{Wrong: 600}}, nil
				}
				left[i] = job.Wrong
				return err
			}
		}
		byHand := int64(300)
		associate := func() error {
			var ids []string
			for i := range 300 {
				ids = append(ids, fmt.Sprintf("i-%05d", 90_000+i))
			}
			_, err := s.Associate(t.Context(), by("editor", start()), l.ID, ids)
			var over *usage.LimitError
			if errors.As(err, &over) {
				byHand, err = 0, nil
			}
			return err
		}
		if err := errors.Join(together(importOf(0), importOf(1), associate, importOf(2))...); err != nil {
			t.Fatal(err)
		}
		got, want := consumed(t, s, l.ID), byHand+3*600-left[0]-left[1]-left[2]
		if got != want || got > 1000 || byHand == 300 && got < 600 {
			t.Errorf("%d consumed of 1000, want %d: %v left out, %d by hand", got, want, left, byHand)
		}
		checkStored(t, address)
	})
}

// Two imports that meet the same licenses and resources in opposite orders,
// beside edits by hand, must neither wait for each other for ever nor leave
// lines or counters that are not those of the resources.
func TestChangesAtOnceLeaveWhatIsStoredConsistent(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, other := storetest.Open(t, address), storetest.Open(t, address)
		a, b := createLicense(t, s, usage.License{Name: "A"}), createLicense(t, s, usage.License{Name: "B"})
		importFile(t, s, instances(0, 800, "A"))
		change := func(s *store.Store, vcpus, license string, backward bool) func() error {
			return func() error {
				for range 3 {
					file := strings.Split(strings.TrimSpace(strings.ReplaceAll(instances(0, 800, license), "running,1", "running,"+vcpus)), "\n")
					if backward {
						for i, j := 1, len(file)-1; i < j; i, j = i+1, j-1 {
							file[i], file[j] = file[j], file[i]
						}
					}
					err := untilAvailable(func() error {
						_, err := importer(s).WithSlices(50).ImportFile(t.Context(), by("admin", start()), inventory.Source{}, strings.NewReader(strings.Join(file, "\n")))
						return err
					})
					if err != nil {
						return err
					}
				}
				return nil
			}
		}
		byHand := func(s *store.Store, license string) func() error {
			return func() error {
				for i := range 20 {
					ids := []string{fmt.Sprintf("i-%05d", 700-i), fmt.Sprintf("i-%05d", i)}
					err := untilAvailable(func() error {
						_, err := s.Associate(t.Context(), by("editor", start()), license, ids)
						return err
					})
					if err != nil {
						return err
					}
					err = untilAvailable(func() error {
						_, err := s.Disassociate(t.Context(), by("editor", start()), license, ids[:1])
						return err
					})
					if err != nil {
						return err
					}
				}
				return nil
			}
		}
		errs := together(change(s, "2", "A", false), change(other, "3", "B", true), byHand(s, a.ID), byHand(other, b.ID), change(other, "4", "A", true))
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		checkStored(t, address)
	})
}

// Not parallel: it looks at the memory of the process.
func TestImportTakesConstantMemory(t *testing.T) { //nolint:paralleltest // see above
	databases := map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres}
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			createLicense(t, s, usage.License{Name: "Oracle"})
			small, large := importHeap(t, s, 600), importHeap(t, s, 60_000)
			const allowed = 24 << 20 // the sorter’s 8 MiB and buffers; the large file has 63 MB
			if large > small+allowed {
				t.Errorf("live heap grew from %d KB to %d KB", small>>10, large>>10)
			}
		})
	}
}

// importHeap imports rows of about 1,050 bytes and returns the largest live heap
// seen on the way.
func importHeap(t *testing.T, s *store.Store, rows int) uint64 {
	t.Helper()
	var peak uint64
	next := int64(0)
	progress := func(job inventory.Import) {
		if job.Done >= next || job.Done < next-int64(rows/10) { // a tenth of the judgement, or of the application
			next = job.Done + int64(rows/10)
		} else {
			return
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
	}
	r := &rowReader{rows: rows, row: "i-%08d,EC2_INSTANCE,123456789012,running,4,Oracle,,arn:" + strings.Repeat("a", 1000) + "\n"}
	r.rest = []byte(strings.TrimSpace(header) + ",resource_arn\n")
	im := inventory.New(s, inventory.Options{Progress: progress})
	job, err := im.ImportFile(t.Context(), by("admin", start()), inventory.Source{}, r)
	if err != nil || job.Added+job.Unchanged != int64(rows) {
		t.Fatalf("%+v, %v", job.Result, err)
	}
	return peak
}

// rowReader makes up a file as it is read.
type rowReader struct {
	rows, made int
	row        string
	rest       []byte
}

func (r *rowReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 && r.made < r.rows {
		r.rest = fmt.Appendf(r.rest, r.row, r.made*7919%r.rows)
		r.made++
	}
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// untilAvailable does as users do whom a busy SQLite file keeps waiting for
// too long: try again. Nothing of the refused change may have been stored.
func untilAvailable(change func() error) error {
	for {
		if err := change(); !errors.Is(err, store.ErrUnavailable) {
			return err
		}
	}
}
