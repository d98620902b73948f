package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// expected are the errors that people and workers get when others were
// faster. All others are faults: a deadlock above all.
func expected(err error) bool {
	for _, known := range []error{store.ErrStale, store.ErrDeleted, store.ErrRunning, store.ErrPaused, store.ErrLost, store.ErrNotFound} {
		if errors.Is(err, known) {
			return true
		}
	}
	return err == nil
}

// crowd works on the same few reports from many sides at once.
type crowd struct {
	stores  []*store.Store
	license usage.License
	reports []usage.Report
	now     time.Time
}

func newCrowd(t *testing.T, address string) *crowd {
	t.Helper()
	c := &crowd{now: start()}
	for range 3 {
		c.stores = append(c.stores, storetest.Open(t, address))
	}
	c.license = createLicense(t, c.stores[0], "Oracle")
	for i := range 3 {
		c.reports = append(c.reports, createReport(t, c.stores[0], c.license.ID, fmt.Sprintf("report-%d", i)))
	}
	return c
}

// act does one thing at random, as a user or as a worker.
func (c *crowd) act(ctx context.Context, random *rand.Rand) error {
	s := c.stores[random.IntN(len(c.stores))]
	id := c.reports[random.IntN(len(c.reports))].ID
	who := by("admin", c.now)
	var err error
	switch random.IntN(11) {
	case 0, 1, 2, 3:
		return c.work(ctx, s, random.IntN(4))
	case 4:
		_, _, err = s.EnqueueDue(ctx, c.now.Add(time.Duration(random.IntN(200))*time.Hour), 2, 0)
	case 5:
		_, err = s.PauseReport(ctx, who, id)
	case 6:
		_, err = s.ResumeReport(ctx, who, id)
	case 7:
		_, err = s.GenerateReport(ctx, who, id)
	case 8:
		return c.retry(ctx, s, id)
	case 9:
		return c.edit(ctx, s, id)
	case 10:
		return c.replace(ctx, s, random)
	}
	return err
}

// work claims runs and ends them in one of several ways.
func (c *crowd) work(ctx context.Context, s *store.Store, how int) error {
	runs, err := s.ClaimRuns(ctx, c.now.Add(1000*time.Hour), lease, store.Lanes{Small: 2})
	if err != nil {
		return err
	}
	for _, run := range runs {
		if err := s.RenewRun(ctx, run, c.now, lease); !expected(err) {
			return err
		}
		switch how {
		case 0:
			err = s.FailRun(ctx, run, c.now, "SlowDown", "S3 is busy.")
		case 1:
			err = s.ReleaseRun(ctx, run, c.now)
		default:
			err = s.FinishRun(ctx, run, c.now)
		}
		if !expected(err) {
			return err
		}
	}
	return nil
}

func (c *crowd) edit(ctx context.Context, s *store.Store, id string) error {
	r, err := s.Report(ctx, id)
	if err != nil {
		return err
	}
	r.Description = usage.NewToken()
	return s.UpdateReport(ctx, by("admin", c.now), r)
}

func (c *crowd) retry(ctx context.Context, s *store.Store, id string) error {
	run, err := s.LatestRun(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.RetryRun(ctx, by("admin", c.now), id, run.ID)
	return err
}

// replace deletes two reports, which others delete in the other order.
func (c *crowd) replace(ctx context.Context, s *store.Store, random *rand.Rand) error {
	name := fmt.Sprintf("gone-%d", random.IntN(2))
	r, err := s.CreateReport(ctx, by("admin", c.now), usage.Report{
		Name: name, LicenseID: c.license.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours, CreationToken: usage.NewToken(),
	})
	var taken usage.FieldErrors
	if errors.As(err, &taken) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.DeleteReports(ctx, by("admin", c.now), []string{r.ID})
	return err
}

func TestManyHandsOnTheSameReports(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		c := newCrowd(t, address)
		var wg sync.WaitGroup
		for seed := range 8 {
			wg.Go(func() {
				random := rand.New(rand.NewPCG(uint64(seed), 1))
				for range 60 {
					if err := c.act(t.Context(), random); !expected(err) {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		c.settle(t)
	})
}

// settle publishes what is left and looks for what got lost on the way.
func (c *crowd) settle(t *testing.T) {
	t.Helper()
	s, later := c.stores[0], start().Add(5000*time.Hour)
	for _, run := range claim(t, s, later, 100) {
		finish(t, s, run, later, 1)
	}
	for _, r := range c.reports {
		got := reportNow(t, s, r.ID)
		history, _, err := s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Page: 1, Size: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range history {
			if row.Run.Open() {
				t.Errorf("%s: run %+v stays open", r.Name, row.Run)
			}
		}
		if got.Status == usage.ReportPending || got.Status == usage.ReportInProgress {
			t.Errorf("%s stays %s, newest run %+v", r.Name, got.Status, history[0].Run)
		}
	}
}

func TestDeletionsInOppositeOrder(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		c := newCrowd(t, address)
		var ids []string
		for i := range 30 {
			ids = append(ids, createReport(t, c.stores[0], c.license.ID, fmt.Sprintf("doomed-%d", i)).ID)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		deleted := map[string]int{}
		for i, s := range c.stores {
			order := append([]string(nil), ids...)
			rand.New(rand.NewPCG(uint64(i), 2)).Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
			wg.Go(func() {
				gone, err := s.DeleteReports(t.Context(), by("admin", start()), order)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, r := range gone {
					deleted[r.ID]++
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			if deleted[id] != 1 {
				t.Errorf("%s was deleted %d times", id, deleted[id])
			}
		}
	})
}

func TestGenerateNowTwiceAtOnceMakesOneRun(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		c := newCrowd(t, address)
		r := c.reports[0]
		for _, run := range claim(t, c.stores[0], start(), 10) {
			finish(t, c.stores[0], run, start(), 1)
		}
		var wg sync.WaitGroup
		for i := range 9 {
			wg.Go(func() {
				_, err := c.stores[i%3].GenerateReport(t.Context(), by("admin", start()), r.ID)
				if err != nil && !errors.Is(err, store.ErrRunning) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		claimOne(t, c.stores[0], start())
	})
}
