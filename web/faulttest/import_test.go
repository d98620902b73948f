//go:build nightly

package faulttest_test

import (
	"errors"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"license-manager/store/storetest"
)

const (
	importRows  = 60_000
	importKills = 10 // in the middle, on each database
	importTries = 40
)

func TestImportKilledOnSQLite(t *testing.T) {
	t.Parallel()
	importKilled(newWorld(t, "", nil))
}

func TestImportKilledOnPostgres(t *testing.T) {
	t.Parallel()
	importKilled(newWorld(t, new(storetest.Template).Postgres(t), openS3(t)))
}

// importKilled kills the command line, and every other time the program as well, at
// random moments of an import. Whoever is left, or comes next, goes on: the whole
// file is imported, once, or nothing if it was not staged yet. The program publishes
// meanwhile.
func importKilled(w *world) {
	w.t.Helper()
	random := chance(w.t)
	w.start()
	w.furnish(smallLicense, smallResources)
	w.furnish("imported", 1)
	file := w.resources("imported twice", importRows)
	began := time.Now()
	w.wantImport(w.importCommand(file, "imported"), importRows)
	took := time.Since(began)
	kills := 0
	for try := 0; kills < importKills && try < importTries; try++ {
		if w.killImport(random, file, took, try) {
			kills++
		}
	}
	w.forgetImported()
	w.wantImport(w.importCommand(file, "imported"), importRows)
	w.createReport("all of it", "imported")
	w.published()
	w.check()
	w.t.Logf("%s: an import of %d rows was killed %d times in the middle", w.kindOfDatabase(), importRows, kills)
	if kills < importKills {
		w.t.Errorf("only %d imports were killed before their end", kills)
	}
}

// killImport forgets what was imported, begins to import it again and kills
// that within the time that it takes. It reports whether that was when the file was
// staged and not yet imported.
func (w *world) killImport(random *rand.Rand, file string, took time.Duration, try int) bool {
	w.t.Helper()
	w.forgetImported()
	logged := w.importsLogged()
	command := w.importCommand(file, "imported")
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.createReport(plain("beside import "+time.Now().Format("150405.000000")), smallLicense)
	<-time.After(time.Duration(random.Int64N(int64(took))))
	_ = command.Process.Kill() // it may have ended
	if try%2 == 1 {
		w.kill(w.program)
	}
	var ended *exec.ExitError
	if err := command.Wait(); err != nil && !errors.As(err, &ended) {
		w.t.Fatal(err)
	}
	middle := w.openImports() > 0
	w.goOn(try)
	w.await("the end of the import", func() bool { return w.openImports() == 0 })
	rows, wrote := w.imported(), w.importsLogged()-logged
	if rows != 0 && rows != importRows || middle && rows == 0 || wrote != rows/importRows {
		w.t.Fatalf("%d of %d rows are there after an import was killed, %d times in the log; in the middle: %v", rows, importRows, wrote, middle)
	}
	w.published()
	return middle
}

// goOn lets leases pass and starts the program again if it was killed, sometimes after
// the command line has gone on with the import.
func (w *world) goOn(try int) {
	w.t.Helper()
	w.passLease()
	w.execute("UPDATE imports SET lease_until = created_at WHERE lease_until IS NOT NULL")
	if try%2 == 0 {
		return
	}
	if try%4 == 3 {
		resume := w.importCommand("--resume", "imported")
		if output, err := resume.CombinedOutput(); err != nil {
			w.t.Fatalf("resume: %v\n%s", err, output)
		}
	}
	w.start()
}

// openImports is how many imports are staged and not yet at their end.
func (w *world) openImports() int {
	w.t.Helper()
	return w.count("SELECT count(*) FROM imports WHERE state IN ('staged', 'applying')")
}

// importsLogged is how many imports the activity log tells of.
func (w *world) importsLogged() int {
	w.t.Helper()
	return w.count("SELECT count(*) FROM activities WHERE action = 'imported'")
}

// imported is how many of the resources of the file are there, each of them
// associated and counted.
func (w *world) imported() int {
	w.t.Helper()
	resources := w.count("SELECT count(*) FROM resources WHERE id LIKE 'i-0000e%'")
	associations := w.count("SELECT count(*) FROM associations WHERE resource_id LIKE 'i-0000e%'")
	counted := w.count("SELECT CAST(COALESCE(sum(c.associated), 0) AS bigint) FROM license_counters c JOIN licenses l ON l.id = c.license_id WHERE l.name = 'imported'")
	if associations != resources || counted != resources+1 {
		w.t.Fatalf("%d resources, %d associations, %d counted with one more", resources, associations, counted)
	}
	return resources
}

// forgetImported deletes what the last import made.
func (w *world) forgetImported() {
	w.t.Helper()
	w.execute("DELETE FROM associations WHERE resource_id LIKE 'i-0000e%'")
	w.execute("DELETE FROM resources WHERE id LIKE 'i-0000e%'")
	w.execute("UPDATE license_counters SET associated = 1, consumed = 2 WHERE associated > 1 AND license_id IN (SELECT id FROM licenses WHERE name = 'imported')")
}

// wantImport imports to the end.
func (w *world) wantImport(command *exec.Cmd, rows int) {
	w.t.Helper()
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "Imported 60000 rows") || w.imported() != rows {
		w.t.Fatalf("import: %v\n%s", err, output)
	}
}
