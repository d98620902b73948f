package browsertest_test

import (
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "github.com/mattn/go-sqlite3"

	"license-manager/web/browsertest"
)

const (
	crashReports   = 8
	crashResources = 20_000
	// crashPatience is longer than the claim of a worker that is gone.
	crashPatience = 2 * time.Minute
)

// crash kills the program twice while it publishes, the second time after the
// next slot of each report has come. In the end each due slot has exactly one
// whole file of each type.
func crash(t *testing.T, s suite) {
	o := browsertest.Options{DataDir: filepath.Join(t.TempDir(), "data"), Env: []string{adminPassword}}
	program := s.start(t, o)
	client := signedIn(t, program)
	license := createLicense(t, client)
	s.importFile(t, o, manyResources(t))
	for i := range crashReports {
		createReport(t, client, license, fmt.Sprintf("report-%d", i))
	}
	killWhilePublishing(t, program, client)
	wantUnfinished(t, o.DataDir)

	passADay(t, o.DataDir)
	program = s.start(t, o)
	client = signedIn(t, program)
	killWhilePublishing(t, program, client)
	wantUnfinished(t, o.DataDir)

	program = s.start(t, o)
	client = signedIn(t, program)
	awaitIdle(t, client, crashReports)
	checkEveryRun(t, openBucket(t, program, o.DataDir), o.DataDir)
}

// importFile imports resources while the program runs.
func (s suite) importFile(t *testing.T, o browsertest.Options, file string) {
	t.Helper()
	load := exec.CommandContext(t.Context(), s.program, "import", file, "--license", licenseName, "--data-dir", o.DataDir)
	if output, err := load.CombinedOutput(); err != nil {
		t.Fatalf("import: %v\n%s", err, output)
	}
}

// manyResources writes a file that takes a while to publish.
func manyResources(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("resource_id,resource_type,resource_owner_id,resource_status,cores\n")
	for i := range crashResources {
		fmt.Fprintf(&text, "i-%017d,EC2_INSTANCE,012345678901,running,2\n", i)
	}
	path := filepath.Join(t.TempDir(), "resources.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// killWhilePublishing waits until something is being published.
func killWhilePublishing(t *testing.T, program *browsertest.Process, client *browsertest.Client) {
	t.Helper()
	await(t, patience, "a report in progress", func(ctx context.Context) bool {
		answer, err := client.Get(ctx, "/usage-reports?status=in-progress")
		return err == nil && strings.Contains(answer.Body, "report-")
	})
	if err := program.Kill(); err != nil {
		t.Fatal(err)
	}
}

// awaitIdle waits until all reports have succeeded.
func awaitIdle(t *testing.T, client *browsertest.Client, reports int) {
	t.Helper()
	await(t, crashPatience, "every report succeeded", func(ctx context.Context) bool {
		answer, err := client.Get(ctx, "/usage-reports?status=succeeded")
		return err == nil && strings.Contains(answer.Body, fmt.Sprintf("%d matches", reports))
	})
}

// passADay makes every report a day older.
func passADay(t *testing.T, dataDir string) {
	t.Helper()
	db := openDatabase(t, dataDir)
	defer db.Close()
	for id, moments := range reportTimes(t, db) {
		const day = 25 * time.Hour
		_, err := db.ExecContext(t.Context(), "UPDATE reports SET grid_start = ?, next_run_at = ? WHERE id = ?", moments[0].Add(-day), moments[1].Add(-day), id)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func openDatabase(t *testing.T, dataDir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dataDir, "license-manager.db")+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// reportTimes are the begin of the grid and the next slot of every report.
func reportTimes(t *testing.T, db *sql.DB) map[string][2]time.Time {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT id, grid_start, next_run_at FROM reports")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	times := map[string][2]time.Time{}
	for rows.Next() {
		var (
			id          string
			begin, next time.Time
		)
		if err := rows.Scan(&id, &begin, &next); err != nil {
			t.Fatal(err)
		}
		times[id] = [2]time.Time{begin, next}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return times
}

// promise is a file that a run has published, or a run that has not, without a key.
type promise struct {
	key, trigger, state string
}

// wantUnfinished checks that the kill came in the middle of something.
func wantUnfinished(t *testing.T, dataDir string) {
	t.Helper()
	count := map[string]int{}
	for _, p := range promises(t, dataDir) {
		count[p.trigger+" "+p.state]++
	}
	if count["created running"]+count["scheduled running"] == 0 {
		t.Errorf("nothing was being published when the program was killed: %v", count)
	}
	t.Logf("files and unfinished runs when the program was killed, by trigger and state of their runs: %v", count)
}

func promises(t *testing.T, dataDir string) []promise {
	t.Helper()
	db := openDatabase(t, dataDir)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT COALESCE(files.key, ''), runs."trigger", runs.state FROM runs LEFT JOIN files ON files.run_id = runs.id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []promise
	for rows.Next() {
		var p promise
		if err := rows.Scan(&p.key, &p.trigger, &p.state); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// checkEveryRun compares what runs promised with what is in the bucket. A run
// that a later slot took the place of before it began has no files.
func checkEveryRun(t *testing.T, b bucket, dataDir string) {
	t.Helper()
	var want []string
	slots := map[string]int{}
	for _, p := range promises(t, dataDir) {
		if p.state != "succeeded" && p.state != "canceled" {
			t.Errorf("a run that was %s is %s", p.trigger, p.state)
		}
		if p.state == "succeeded" {
			want = append(want, p.key)
			slots[p.trigger]++
		}
	}
	if slots["scheduled"] != 2*crashReports {
		t.Errorf("files by trigger: %v, want %d of the slot that has come", slots, 2*crashReports)
	}
	files := b.copyAll(t)
	var got []string
	for key, content := range files {
		got = append(got, key)
		checkWhole(t, key, content)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files in the bucket (-promised +there):\n%s", diff)
	}
}

// checkWhole checks that nothing of a file is missing.
func checkWhole(t *testing.T, key, content string) {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	want := 2
	if strings.Contains(key, "-resource-usage-") {
		want = 1 + crashResources
	} else if consumed := records[1][slices.Index(records[0], "consumed_licenses")]; consumed != fmt.Sprint(2*crashResources) {
		t.Errorf("%s: consumed %s, want %d", key, consumed, 2*crashResources)
	}
	if len(records) != want || !strings.HasSuffix(content, "\n") {
		t.Errorf("%s: %d records, want %d", key, len(records), want)
	}
}
