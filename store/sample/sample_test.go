package sample_test

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"license-manager/store/sample"
	"license-manager/store/usage"
)

func options() sample.Options {
	return sample.Options{
		Account: usage.Account{ID: "012345678901", Region: "eu-central-1"},
		Now:     time.Date(2026, 11, 25, 12, 34, 56, 789, time.UTC),
	}
}

func TestEstateIsSoundAndBelievable(t *testing.T) {
	t.Parallel()
	e := sample.New(options())
	if len(e.Licenses) != 9 || len(e.Reports) != 12 || len(e.Resources) < 1250 || len(e.Resources) > 1350 {
		t.Errorf("%d licenses, %d reports, %d resources", len(e.Licenses), len(e.Reports), len(e.Resources))
	}
	licenses, counting := map[string]usage.License{}, map[usage.CountingType]bool{}
	over, full := 0, 0
	for _, l := range e.Licenses {
		if err := l.Validate().Err(); err != nil {
			t.Errorf("%s: %v", l.Name, err)
		}
		licenses[l.ID], counting[l.CountingType] = l, true
		consumed := e.Consumption(l.ID, options().Now).Consumed()
		if l.OverLimit(consumed) {
			over++
			if l.HardLimit {
				t.Errorf("%s enforces its limit and is at %d", l.Name, consumed)
			}
		} else if l.Count != nil && consumed*10 > *l.Count*9 {
			full++
		}
	}
	if len(counting) != 4 || over != 1 || full == 0 {
		t.Errorf("counting types %v, %d over the limit, %d nearly", counting, over, full)
	}
	resources, types, accounts := map[string]usage.Resource{}, map[usage.ResourceType]bool{}, map[string]bool{}
	for _, r := range e.Resources {
		if err := r.Validate().Err(); err != nil || !strings.HasPrefix(r.ID, sample.ResourcePrefix) {
			t.Errorf("%s: %v", r.ID, err)
		}
		resources[r.ID], types[r.Type], accounts[r.OwnerAccountID] = r, true, true
	}
	if len(resources) != len(e.Resources) || len(types) != 5 || len(accounts) != 4 {
		t.Errorf("%d different resources of %d types in %d accounts", len(resources), len(types), len(accounts))
	}
	for _, a := range e.Associations {
		if err := licenses[a.LicenseID].Rules.Check(resources[a.ResourceID]); err != nil {
			t.Errorf("%s: %v", a.ResourceID, err)
		}
		if !a.AssociatedAt.Before(options().Now) {
			t.Errorf("%s is associated in the future", a.ResourceID)
		}
	}
	frequencies := map[usage.Frequency]bool{}
	for _, r := range e.Reports {
		if err := r.Validate().Err(); err != nil || licenses[r.LicenseID].Deactivated() {
			t.Errorf("%s: %v", r.Name, err)
		}
		frequencies[r.Frequency] = true
		last := r.Runs[len(r.Runs)-1]
		if r.Status != usage.ReportPaused && (options().Now.Sub(last.ScheduledFor) >= r.Frequency.Interval() || last.FinishedAt.After(options().Now)) {
			t.Errorf("%s: the last run was at %v", r.Name, last.ScheduledFor)
		}
	}
	if len(frequencies) != 3 {
		t.Errorf("frequencies %v", frequencies)
	}
}

func TestFilesOfARunAgree(t *testing.T) {
	t.Parallel()
	e := sample.New(options())
	objects := e.Render("bucket")
	contents := map[string][]byte{}
	for _, o := range objects {
		contents[o.Key] = o.Content
	}
	if len(contents) != len(objects) {
		t.Fatalf("%d keys for %d objects", len(contents), len(objects))
	}
	growing := 0
	for _, r := range e.Reports {
		if first, last := r.Runs[0].Files[0], r.Runs[len(r.Runs)-1].Files[0]; first.Consumed < last.Consumed {
			growing++
		}
		for _, run := range r.Runs {
			for _, f := range run.Files {
				rows, err := csv.NewReader(strings.NewReader(string(contents[f.Key]))).ReadAll()
				if err != nil || int64(len(rows)) != f.Rows+1 || f.Size != int64(len(contents[f.Key])) {
					t.Fatalf("%s: %d rows, %d said; %v", f.Key, len(rows), f.Rows, err)
				}
				if got := consumed(t, f.Type, rows); got != f.Consumed {
					t.Errorf("%s: consumes %d, %d said", f.Key, got, f.Consumed)
				}
			}
		}
	}
	if growing < 6 {
		t.Errorf("consumption grows in %d reports", growing)
	}
}

// consumed is what the rows of a file add up to; those of resources are in the
// order of their ids.
func consumed(t *testing.T, of usage.ReportType, rows [][]string) (sum int64) {
	t.Helper()
	at := slices.Index(rows[0], "consumed_licenses")
	id := slices.Index(rows[0], "resource_id")
	for i, row := range rows[1:] {
		n, err := strconv.ParseInt(row[at], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if sum += n; of == usage.ResourceUsage && i > 0 && row[id] <= rows[i][id] {
			t.Errorf("%s after %s", row[id], rows[i][id])
		}
	}
	return sum
}

func TestEqualOptionsGiveEqualEstates(t *testing.T) {
	t.Parallel()
	one, two := sample.New(options()), sample.New(options())
	if !slices.EqualFunc(one.Resources, two.Resources, func(a, b usage.Resource) bool { return a.ID == b.ID && a.ARN == b.ARN && a.Status == b.Status }) {
		t.Error("the resources differ")
	}
}
