//go:build nightly

package faulttest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"syscall"
	"testing"

	"license-manager/store/storetest"
	"license-manager/web/browsertest"
)

const (
	replicaReports = 40
	// clocksApart is how far a clock is early or late: more than a lease, by which a
	// claim of a late clock would have ended when it is made if clocks counted.
	clocksApart = "5m"
)

// TestReplicas runs three programs whose clocks differ on one database and one
// S3, kills one of them, and wants each run published once.
func TestReplicas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(storetest.Template).Postgres(t), openS3(t))
	w.start()
	late := w.startReplica(clockAhead + "=-" + clocksApart)
	early := w.startReplica(clockAhead + "=" + clocksApart)
	w.furnish(smallLicense, smallResources)
	for i := range replicaReports {
		w.createReport(fmt.Sprintf("report %d", i), smallLicense)
	}
	w.published()
	w.passADay()
	w.published()
	w.wantOnce(2 * replicaReports)
	w.passADay()
	w.kill(early)
	w.passLease()
	w.published()
	w.check()
	shares := map[string]int{"exact": w.claims(w.program), "late": w.claims(late), "early, killed": w.claims(early)}
	t.Logf("%s: three replicas, %d reports in %d slots each, published by clock: %v", w.kindOfDatabase(), replicaReports, 1+w.days, shares)
}

// startReplica runs a program with a data directory of its own.
func (w *world) startReplica(env ...string) *browsertest.Process {
	w.t.Helper()
	mine := w.options.DataDir
	defer func() { w.options.DataDir = mine }()
	w.options.DataDir = w.t.TempDir()
	return w.startAnother(env...)
}

// wantOnce wants that many runs, each published by one attempt.
func (w *world) wantOnce(runs int) {
	w.t.Helper()
	all := slices.Collect(maps.Values(w.records()))
	if len(all) != runs {
		w.t.Errorf("%d runs, want %d", len(all), runs)
	}
	for _, r := range all {
		if r.attempts != 1 {
			w.t.Errorf("run %s of %s took %d attempts", r.id, r.reportName, r.attempts)
		}
	}
}

// TestStoppedReplicaWakesUp stops a program in the middle of an upload until
// its lease has ended and another one has published the run.
func TestStoppedReplicaWakesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(storetest.Template).Postgres(t), openS3(t))
	w.start()
	w.furnish(smallLicense, smallResources)
	w.furnish(largeLicense(), largeResources)
	steps := map[step]string{putObject: smallLicense, createUpload: largeLicense(), uploadPart: largeLicense(), completeUpload: largeLicense()}
	for step, license := range steps {
		f := w.s3.fail(&fault{step: step, kind: slow, left: 1})
		w.s3.hold()
		w.createReport(plain("woken at "+string(step)), license)
		w.await("the request is on its way", func() bool { return w.s3.struck(f) > 0 })
		stopped := w.program
		w.signal(stopped, syscall.SIGSTOP)
		w.passLease()
		w.program = w.startReplica()
		w.client = w.signIn(w.program)
		w.published()
		before := w.promises()
		w.s3.letGo()
		w.signal(stopped, syscall.SIGCONT)
		w.await("the program that was stopped has given up", func() bool { return w.gaveUp(stopped) })
		w.stop(stopped)
		if after := w.promises(); !maps.Equal(before, after) {
			t.Errorf("%s: the records changed from %v to %v", step, before, after)
		}
	}
	w.check()
	t.Logf("%s: %d times a program was stopped past its lease and woke up", w.kindOfDatabase(), len(steps))
}

func (w *world) signal(p *browsertest.Process, signal syscall.Signal) {
	w.t.Helper()
	if err := syscall.Kill(p.PID(), signal); err != nil {
		w.t.Fatal(err)
	}
}

// claims counts the runs that a program has published.
func (*world) claims(p *browsertest.Process) int {
	return strings.Count(p.Log(), `"msg":"report published"`)
}

// gaveUp tells whether a program has said that it does not have the run any
// more.
func (*world) gaveUp(p *browsertest.Process) bool {
	return strings.Contains(p.Log(), `"msg":"report given up"`) || strings.Contains(p.Log(), `"msg":"outcome is of no interest"`)
}
