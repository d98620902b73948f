package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func TestImportIsReviewedAndApplied(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l, im := createLicense(t, s, usage.License{Name: "Oracle EE"}), importer(s)
		file := header +
			"i-2,EC2_INSTANCE,123456789012,running,8,oracle ee,\n" +
			"i-1,EC2_INSTANCE,000000000012,stopped,4,ORACLE EE,\n" +
			"i-3,EC2_INSTANCE,123456789012,running,2,,\n" +
			"i-2,EC2_INSTANCE,123456789012,running,16,Oracle EE,5\n"
		job := review(t, im, "", file)
		want := inventory.Result{Added: 3}
		if diff := cmp.Diff(want, job.Result); diff != "" || job.State != inventory.Reviewed || job.Rows != 4 || job.Resources != 3 {
			t.Error(diff, job.State, job.Rows, job.Resources)
		}
		changes, err := im.Licenses(t.Context(), job.ID, 10)
		if err != nil || len(changes) != 1 || changes[0].License.Name != "Oracle EE" || changes[0].Before != 0 || changes[0].After != 5 {
			t.Errorf("licenses %+v, %v", changes, err)
		}
		if n, err := s.CountResources(t.Context(), ""); n != 0 || err != nil {
			t.Errorf("%d resources after the review, %v", n, err)
		}
		confirm(t, im, job.ID)
		if job = apply(t, im, job.ID); job.State != inventory.Applied || !cmp.Equal(want, job.Result) {
			t.Errorf("applied: %s, %+v", job.State, job.Result)
		}
		if got := consumed(t, s, l.ID); got != 5 {
			t.Errorf("consumed %d, want 5", got)
		}
		if err := im.Confirm(t.Context(), by("admin", start()), job.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("confirmed again: %v", err)
		}
		if again := importFile(t, s, file); !cmp.Equal(inventory.Result{Unchanged: 3}, again.Result) {
			t.Errorf("the same file again: %+v", again.Result)
		}
	})
}

// imported are the rows of the activity log about imports.
func imported(t *testing.T, address string) (all []string) {
	t.Helper()
	each(t, openRaw(t, address), "SELECT actor, address, name, detail FROM activities WHERE action = 'imported' ORDER BY id", func(scan func(...any) error) error {
		var actor, from, name, detail string
		err := scan(&actor, &from, &name, &detail)
		all = append(all, strings.Join([]string{actor, from, name, detail}, "|"))
		return err
	})
	return all
}

func TestActivityLogSaysOnceWhatAnImportChanged(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s := storetest.Open(t, address)
		createLicense(t, s, usage.License{Name: "Oracle"})
		importFile(t, s, instances(0, 3, "Oracle"))
		importFile(t, s, instances(0, 3, "Oracle")) // changes nothing, and says nothing
		importFile(t, s, instances(1, 3, ""))
		want := []string{"admin|192.0.2.1|test.csv|3 new, 0 updated, 0 unchanged", "admin|192.0.2.1|test.csv|1 new, 0 updated, 2 unchanged"}
		if diff := cmp.Diff(want, imported(t, address)); diff != "" {
			t.Error(diff)
		}
	})
}

// limited is a license that enforces a limit.
func limited(t *testing.T, s *store.Store, n int64) usage.License {
	return createLicense(t, s, usage.License{Name: "Oracle", Count: count(n), HardLimit: true})
}

// What others changed since the review is told with the reason, and the rest of the
// file is applied.
func TestWhatCannotBeAppliedAnyMoreIsListed(t *testing.T) {
	t.Parallel()
	const file = header +
		"i-1,EC2_INSTANCE,123456789012,running,2,Oracle,\ni-2,EC2_INSTANCE,123456789012,running,2,Oracle,\n" +
		"i-3,EC2_INSTANCE,123456789012,running,2,,\ni-3,EC2_INSTANCE,123456789012,running,2,Oracle,\n"
	for name, c := range map[string]struct {
		meanwhile func(t *testing.T, s *store.Store, l usage.License) error
		want      []string
		result    inventory.Result
	}{
		"nothing": {func(*testing.T, *store.Store, usage.License) error { return nil }, nil, inventory.Result{Added: 3}},
		"the limit is used up": {
			func(t *testing.T, s *store.Store, l usage.License) error {
				_, err := s.Associate(t.Context(), by("eve", start()), l.ID, []string{"i-9"})
				return err
			},
			[]string{"4  Line 5 of the same resource can’t be imported.", "5 license “Oracle” enforces its limit: 2 vCPUs needed, 1 available."},
			inventory.Result{Added: 2, Wrong: 2},
		},
		"the license is deactivated": {
			func(t *testing.T, s *store.Store, l usage.License) error {
				return s.SetLicenseStatus(t.Context(), by("eve", start()), l.ID, usage.LicenseDeactivated)
			},
			[]string{
				"2 license “Oracle” is deactivated and takes no more resources.", "3 license “Oracle” is deactivated and takes no more resources.",
				"4  Line 5 of the same resource can’t be imported.", "5 license “Oracle” is deactivated and takes no more resources.",
			},
			inventory.Result{Wrong: 4},
		},
		"the license is deleted": {
			func(t *testing.T, s *store.Store, l usage.License) error {
				return s.DeleteLicense(t.Context(), by("eve", start()), l.ID)
			},
			[]string{
				"2 license There is no self-managed license named “Oracle”.", "3 license There is no self-managed license named “Oracle”.",
				"4  Line 5 of the same resource can’t be imported.", "5 license There is no self-managed license named “Oracle”.",
			},
			inventory.Result{Wrong: 4},
		},
		"a resource is associated by hand": {
			func(t *testing.T, s *store.Store, l usage.License) error {
				other := createLicense(t, s, usage.License{Name: "Windows", CountingType: usage.CountInstance})
				_, err := s.Associate(t.Context(), by("eve", start()), other.ID, []string{"i-9"})
				return err
			},
			nil, inventory.Result{Added: 3},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachMigrated(t, func(t *testing.T, address string) {
				s := storetest.Open(t, address)
				im, l := importer(s), limited(t, s, 6)
				importFile(t, s, header+"i-9,EC2_INSTANCE,123456789012,running,1,,\n")
				job := review(t, im, "", file)
				if err := c.meanwhile(t, s, l); err != nil {
					t.Fatal(err)
				}
				confirm(t, im, job.ID)
				job = apply(t, im, job.ID)
				var got []string
				for _, p := range problems(t, im, job) {
					got = append(got, fmt.Sprintf("%d %s %s", p.Line, p.Column, p.Problem))
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(c.result, job.Result); diff != "" || job.State != inventory.Applied {
					t.Error(diff, job.State)
				}
				if after := consumed(t, s, l.ID); after > 6 {
					t.Errorf("%d licenses are consumed of 6", after)
				}
				checkStored(t, address)
			})
		})
	}
}

// A file may take licenses from some resources and give them to others, in whatever
// order their ids are.
func TestImportMovesLicensesWithinALimit(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := limited(t, s, 4)
		importFile(t, s, header+"i-8,EC2_INSTANCE,123456789012,running,2,Oracle,\ni-9,EC2_INSTANCE,123456789012,running,2,Oracle,\n")
		im := importer(s).WithSlices(1)
		job := review(t, im, "", header+"i-1,EC2_INSTANCE,123456789012,running,4,Oracle,\n"+
			"i-8,EC2_INSTANCE,123456789012,stopped,2,Oracle,\ni-9,EC2_INSTANCE,123456789012,stopped,2,Oracle,\n")
		var most int64
		im.OnSlice(func() { most = max(most, consumed(t, s, l.ID)) })
		confirm(t, im, job.ID)
		job = apply(t, im, job.ID)
		if want := (inventory.Result{Added: 1, Updated: 2}); job.Result != want || consumed(t, s, l.ID) != 4 || most > 4 {
			t.Errorf("%+v, want %+v; %d consumed, %d on the way", job.Result, want, consumed(t, s, l.ID), most)
		}
	})
}

// Another process goes on where one has stopped, and each row is applied once.
func TestImportGoesOnInAnotherProcess(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, other := storetest.Open(t, address), storetest.Open(t, address)
		l := createLicense(t, s, usage.License{Name: "Oracle"})
		im := importer(s).WithSlices(2)
		job := review(t, im, "", instances(0, 50, "Oracle"))
		confirm(t, im, job.ID)
		ctx, cancel := context.WithCancel(t.Context())
		im.OnSlice(cancel)
		if err := im.Apply(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped: %v", err)
		}
		if got := find(t, im, job.ID); got.State != inventory.Applying || got.Done == 0 || got.Done >= 50 || consumed(t, s, l.ID) != got.Done {
			t.Errorf("stopped at %d rows, %s, %d consumed", got.Done, got.State, consumed(t, s, l.ID))
		}
		job = apply(t, importer(other), job.ID)
		if job.State != inventory.Applied || job.Added != 50 || consumed(t, s, l.ID) != 50 {
			t.Errorf("%s, %+v, %d consumed", job.State, job.Result, consumed(t, s, l.ID))
		}
		if got := imported(t, address); len(got) != 1 {
			t.Errorf("activity log: %q", got)
		}
		checkStored(t, address)
	})
}

// A process that slept past its lease writes nothing more, and nothing twice.
func TestImportIsNotAppliedAfterTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, other := storetest.Open(t, address), storetest.Open(t, address)
		l := createLicense(t, s, usage.License{Name: "Oracle"})
		sleeper := importer(s).WithSlices(2)
		job := review(t, sleeper, "", instances(0, 50, "Oracle"))
		confirm(t, sleeper, job.ID)
		slept := false
		sleeper.OnSlice(func() {
			if slept {
				t.Error("the sleeper went on")
				return
			}
			slept = true
			later := inventory.New(other, inventory.Options{Now: func() time.Time { return start().Add(time.Minute) }})
			if err := later.Apply(t.Context()); err != nil {
				t.Error(err)
			}
		})
		if err := sleeper.Apply(t.Context()); err != nil {
			t.Error(err)
		}
		job = find(t, sleeper, job.ID)
		if !slept || job.State != inventory.Applied || job.Added != 50 || consumed(t, s, l.ID) != 50 || len(imported(t, address)) != 1 {
			t.Errorf("%s, %+v, %d consumed", job.State, job.Result, consumed(t, s, l.ID))
		}
		checkStored(t, address)
	})
}

func TestImportIsCanceledAtAnyTimeBeforeItIsApplied(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s := storetest.Open(t, address)
		im := importer(s)
		staged, reviewed, applied := stage(t, im, "", instances(0, 3, "")), review(t, im, "", instances(0, 3, "")), review(t, im, "", instances(0, 3, ""))
		staged2 := stage(t, im, "", instances(0, 3, ""))
		confirm(t, im, applied.ID)
		for _, job := range []inventory.Import{staged, reviewed, applied, staged2} {
			for _, user := range []string{"eve", "admin"} {
				if err := im.Cancel(t.Context(), job.ID, user); err != nil {
					t.Fatal(err)
				}
			}
		}
		if job := apply(t, im, applied.ID); job.State != inventory.Applied {
			t.Errorf("what was confirmed is %s", job.State)
		}
		for _, job := range []inventory.Import{staged, reviewed, staged2} {
			if _, err := im.Import(t.Context(), job.ID, "admin"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("canceled: %v", err)
			}
		}
		if got := counts(t, address); got["imports"] != 1 || got["import_chunks"] != 0 {
			t.Errorf("left: %v", got)
		}
	})
}

// counts returns how many rows the tables of imports have.
func counts(t *testing.T, address string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, table := range []string{"imports", "import_chunks", "import_licenses"} {
		var n int
		if err := openRaw(t, address).QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		found[table] = n
	}
	return found
}

func TestSweepGivesUpWhatNobodyWants(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, now := storetest.Open(t, address), start()
		im := inventory.New(s, inventory.Options{Now: func() time.Time { return now }})
		importFile(t, s, instances(0, 3, ""))
		review(t, im, "", instances(0, 3, ""))
		for _, c := range []struct {
			after time.Duration
			want  int
		}{{23 * time.Hour, 2}, {25 * time.Hour, 1}, {29 * 24 * time.Hour, 1}, {31 * 24 * time.Hour, 0}} {
			now = start().Add(c.after)
			if err := errors.Join(im.Sweep(t.Context()), im.Apply(t.Context())); err != nil {
				t.Fatal(err)
			}
			if got := counts(t, address); got["imports"] != c.want {
				t.Errorf("after %s: %v, want %d", c.after, got, c.want)
			}
		}
	})
}

func TestFollowLeavesAnImportToOthersForAWhile(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		im := importer(s)
		job := review(t, im, "", instances(0, 3, ""))
		confirm(t, im, job.ID)
		ctx, cancel := context.WithCancel(t.Context())
		waiting := inventory.New(s, inventory.Options{Now: start, Progress: func(inventory.Import) { cancel() }})
		if _, err := waiting.Follow(ctx, job.ID, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("with patience: %v", err)
		}
		if job, err := im.Follow(t.Context(), job.ID, 0); err != nil || job.State != inventory.Applied {
			t.Errorf("without: %s, %v", job.State, err)
		}
	})
}
