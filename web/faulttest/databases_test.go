//go:build nightly

package faulttest_test

import (
	"fmt"
	"strings"
	"testing"

	"license-manager/store/storetest"
)

// TestPostgresRestartsInTheMiddle crashes the database while reports are being
// published. Nobody restarts the program.
func TestPostgresRestartsInTheMiddle(t *testing.T) {
	t.Parallel()
	server := storetest.StartServer(t)
	w := newWorld(t, server.URL, openS3(t))
	w.db.SetMaxIdleConns(0) // those that are idle would be dead after the restart
	w.start()
	w.furnish(smallLicense, smallResources)
	w.furnish(largeLicense(), largeResources)
	const crashes = 2
	for i := range 4 {
		w.createReport(fmt.Sprintf("report %d", i), largeLicense())
	}
	for range crashes {
		w.await("a report is being published", func() bool {
			if w.idle() { // they were faster than this look
				w.passADay()
			}
			return w.count("SELECT count(*) FROM runs WHERE state = 'running'") > 0
		})
		server.Restart(t)
		w.passLease()
		w.published()
		w.passADay()
	}
	w.published()
	w.check()
	t.Logf("%s: the database crashed %d times while reports were published; runs %s", w.kindOfDatabase(), crashes, w.states())
}

// TestSQLiteLockedByAnother holds the database longer than anybody waits for
// it while a slot comes.
func TestSQLiteLockedByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", openS3(t))
	w.start()
	w.furnish(smallLicense, smallResources)
	w.createReport("locked out", smallLicense)
	w.published()
	w.passADay()
	conn, err := w.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{"BEGIN IMMEDIATE", "UPDATE settings SET version = version"} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.tryCreateReport("refused", smallLicense); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("creating a report while the database is locked: %.300v, want the status 503", err)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	w.published()
	w.check()
	if n := w.count("SELECT count(*) FROM reports"); n != 1 {
		t.Errorf("%d reports, want the first only", n)
	}
	t.Logf("%s: locked by another program while a slot came", w.kindOfDatabase())
}
