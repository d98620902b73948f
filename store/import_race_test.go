package store_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
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

func instances(first, n int, license string) string {
	var file strings.Builder
	file.WriteString(importHeader)
	for i := range n {
		fmt.Fprintf(&file, "i-%05d,EC2_INSTANCE,123456789012,running,1,%s,\n", first+i, license)
	}
	return file.String()
}

func TestImportsAtOnceNeverPassAHardLimit(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		l.Count, l.HardLimit = count(1000), true
		if err := s.UpdateLicense(t.Context(), by("admin", start()), l); err != nil {
			t.Fatal(err)
		}
		importOf := func(first int) func() error {
			return func() error {
				source := store.ImportSource{File: strings.NewReader(instances(first, 600, "Oracle"))}
				_, err := s.ImportFile(t.Context(), by("admin", start()), source)
				return err
			}
		}
		importFile(t, s, instances(90_000, 300, ""))
		associate := func() error { // 300 more: with one import 900, with two too many
			var ids []string
			for i := range 300 {
				ids = append(ids, fmt.Sprintf("i-%05d", 90_000+i))
			}
			_, err := s.Associate(t.Context(), by("editor", start()), l.ID, ids)
			return err
		}
		errs := together(importOf(0), importOf(10_000), associate, importOf(20_000))
		imported := 0
		for i, err := range errs {
			var refused *store.ImportRefusedError
			switch {
			case err == nil && i != 2:
				imported++
			case err != nil && (i == 2 || !errors.As(err, &refused)):
				t.Error(err)
			}
		}
		if got := consumed(t, s, l.ID); imported != 1 || got != 900 {
			t.Errorf("%d imports passed, %d consumed; want 1 and 900", imported, got)
		}
	})
}

// Two imports that meet the same licenses and resources in opposite orders,
// beside edits by hand, must neither wait for each other for ever nor leave
// lines or counters that are not those of the resources.
func TestChangesAtOnceLeaveWhatIsStoredConsistent(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, other := storetest.Open(t, address), storetest.Open(t, address)
		a, b := createLicense(t, s, "A"), createLicense(t, s, "B")
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
						_, err := s.ImportFile(t.Context(), by("admin", start()), store.ImportSource{File: strings.NewReader(strings.Join(file, "\n"))})
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

// checkStored compares lines and counters with what they are derived from.
func checkStored(t *testing.T, address string) {
	t.Helper()
	db := openRaw(t, address)
	got, want := stored(t, db), newContents()
	each(t, db, `SELECT a.license_id, a.resource_id, a.resource_type, a.consumed, a.given, a.associated_at, r.id, r.arn, r.type, r.status,
		r.owner_account_id, r.region, r.platform, r.instance_type FROM associations a JOIN resources r ON r.id = a.resource_id`, func(scan func(...any) error) error {
		var a usage.Association
		var r usage.Resource
		err := scan(&a.LicenseID, &a.ResourceID, &a.ResourceType, &a.Consumed, &a.Given, &a.AssociatedAt, &r.ID, &r.ARN, &r.Type, &r.Status,
			&r.OwnerAccountID, &r.Region, &r.Platform, &r.InstanceType)
		a.Line = usage.AppendResourceLine(nil, r, a)
		want.addUse(a)
		key := a.LicenseID + " " + string(r.Type)
		u := want.Counters[key]
		want.Counters[key] = usage.TypeUsage{Associated: u.Associated + 1, Consumed: u.Consumed + a.Consumed}
		return err
	})
	want.Resources = got.Resources
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Not parallel: it looks at the memory of the process.
func TestImportTakesConstantMemory(t *testing.T) { //nolint:paralleltest // see above
	databases := map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres}
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			createLicense(t, s, "Oracle")
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
	progress := func(done int64) {
		if done < next {
			return
		}
		next = done + int64(rows*1050/10)
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapAlloc)
	}
	r := &rowReader{rows: rows, row: "i-%08d,EC2_INSTANCE,123456789012,running,4,Oracle,,arn:" + strings.Repeat("a", 1000) + "\n"}
	r.rest = []byte(strings.TrimSpace(importHeader) + ",resource_arn\n")
	result, err := s.ImportFile(t.Context(), by("admin", start()), store.ImportSource{File: r, Progress: progress})
	if err != nil || result.Rows != int64(rows) {
		t.Fatalf("%+v, %v", result, err)
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

// Associations that come while an import is written give up before they have
// taken every connection from publishing. On SQLite they wait for its writer.
func TestAssociationGivesUpDuringAnImport(t *testing.T) {
	t.Parallel()
	s := storetest.Postgres(t)
	l := createLicense(t, s, "Oracle")
	write, _, _ := s.Pools()
	importing := write.WithContext(t.Context()).Begin()
	defer importing.Rollback()
	if err := importing.Exec("SELECT pg_advisory_xact_lock(?)", store.AssociationsLock).Error; err != nil {
		t.Fatal(err)
	}
	if _, err := s.Associate(t.Context(), by("admin", start()), l.ID, []string{"i-1"}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v, want %v", err, store.ErrUnavailable)
	}
}
