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

// importKilled kills imports at random moments: each has imported the whole
// file or nothing of it, the program beside it publishes on, and the next
// import begins anew.
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
		if w.killImport(random, file, took) {
			kills++
		} else {
			took = took * 3 / 4 // the machine was busier when it was timed
		}
	}
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
// that within the time that it takes. It reports whether that was before its end.
func (w *world) killImport(random *rand.Rand, file string, took time.Duration) bool {
	w.t.Helper()
	w.forgetImported()
	command := w.importCommand(file, "imported")
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	<-time.After(time.Duration(random.Int64N(int64(took))))
	_ = command.Process.Kill() // it may have ended
	var ended *exec.ExitError
	if err := command.Wait(); err != nil && !errors.As(err, &ended) {
		w.t.Fatal(err)
	}
	rows := w.imported()
	if rows != 0 && rows != importRows {
		w.t.Fatalf("%d of %d rows are there after an import was killed", rows, importRows)
	}
	w.createReport(plain("beside import "+time.Now().Format("150405.000000")), smallLicense)
	w.published()
	return rows == 0
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
