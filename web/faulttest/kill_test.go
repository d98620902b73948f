//go:build nightly

package faulttest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"license-manager/store/storetest"
	"license-manager/web/browsertest"
)

const (
	// killsInTest is how often each database loses its program in make test.
	killsInTest = 20
	killReports = 16
	// killWithin is the longest time that a program is let live.
	killWithin = 900 * time.Millisecond
)

func TestKilledOnSQLite(t *testing.T) {
	t.Parallel()
	killed(newWorld(t, "", nil))
}

func TestKilledOnPostgres(t *testing.T) {
	t.Parallel()
	killed(newWorld(t, new(storetest.Template).Postgres(t), openS3(t)))
}

// killed kills the program at random moments of its start and of its work,
// and gives it a new slot to publish whenever it has got through.
func killed(w *world) {
	w.t.Helper()
	random := chance(w.t)
	p := w.start()
	w.furnish(smallLicense, smallResources)
	w.furnish(largeLicense(), largeResources)
	for i := range killReports {
		license := smallLicense
		if i%5 == 0 {
			license = largeLicense()
		}
		w.createReport(fmt.Sprintf("report %d", i), license)
	}
	kills, inWork := int(setting(w.t, "FAULT_KILLS", killsInTest)), 0 //nolint:gosec // a small number
	for kill := range kills {
		if p != nil {
			<-time.After(moment(random))
			w.kill(p)
		}
		if w.count("SELECT count(*) FROM runs WHERE state = 'running'") > 0 {
			inWork++
		}
		w.passLease()
		w.hurry()
		if w.idle() {
			w.passADay()
		}
		p = w.killInStart(random, kill)
	}
	w.start()
	w.published()
	w.check()
	w.t.Logf("%s: killed %d times, %d of them while a report was being published; %d slots, runs %s", w.kindOfDatabase(), kills, inWork, w.days, w.states())
	if inWork < kills/4 {
		w.t.Errorf("only %d of %d kills came while a report was being published", inWork, kills)
	}
}

func moment(random *rand.Rand) time.Duration { return time.Duration(random.Int64N(int64(killWithin))) }

func (w *world) kill(p *browsertest.Process) {
	w.t.Helper()
	if err := p.Kill(); err != nil {
		w.t.Fatal(err)
	}
}

// killInStart starts the program. Each fourth time it is killed at a random
// moment, ready or not; then there is no process.
func (w *world) killInStart(random *rand.Rand, kill int) *browsertest.Process {
	w.t.Helper()
	if kill%4 != 3 {
		return w.startAnother()
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), moment(random))
	defer cancel()
	if p, err := browsertest.Start(ctx, w.options); err == nil {
		w.kill(p)
	}
	return nil
}
