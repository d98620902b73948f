//go:build nightly

package faulttest_test

import (
	"database/sql"
	"fmt"
	"time"
)

const day = 24 * time.Hour

// now is the present as databases keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func (w *world) execute(statement string, arguments ...any) {
	w.t.Helper()
	if _, err := w.db.ExecContext(w.t.Context(), statement, arguments...); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

func (w *world) count(query string, arguments ...any) (n int) {
	w.t.Helper()
	if err := w.db.QueryRowContext(w.t.Context(), query, arguments...).Scan(&n); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// idle tells whether nothing is due, under way or waiting for another try.
func (w *world) idle() bool {
	w.t.Helper()
	return w.count("SELECT count(*) FROM reports WHERE next_run_at <= $1", now()) == 0 && // first: what is due becomes a run meanwhile
		w.count("SELECT count(*) FROM runs WHERE state IN ('pending', 'running') OR next_attempt_at IS NOT NULL") == 0
}

// published waits until everything is done, without a pause between attempts.
func (w *world) published() {
	w.t.Helper()
	w.await("nothing is left to publish", func() bool {
		w.hurry()
		return w.idle()
	})
}

// hurry makes failed runs due that wait for their next try.
func (w *world) hurry() {
	w.t.Helper()
	w.execute("UPDATE runs SET next_attempt_at = $1 WHERE state = 'failed' AND next_attempt_at > $2", now(), now())
}

// passLease lets the leases of all claims end, as a minute does.
func (w *world) passLease() {
	w.t.Helper()
	w.execute("UPDATE runs SET lease_until = $1 WHERE state = 'running'", now().Add(-time.Minute))
}

// passADay makes all reports a day older, so that the next slot of each has
// come.
func (w *world) passADay() {
	w.t.Helper()
	w.days++
	rows, err := w.db.QueryContext(w.t.Context(), "SELECT id, grid_start, next_run_at FROM reports")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	times := map[string][2]time.Time{}
	for rows.Next() {
		var id string
		var begin, next time.Time
		if err := rows.Scan(&id, &begin, &next); err != nil {
			w.t.Fatal(err)
		}
		times[id] = [2]time.Time{begin.UTC(), next.UTC()}
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	rows.Close()
	for id, moments := range times {
		w.execute("UPDATE reports SET grid_start = $1, next_run_at = $2 WHERE id = $3", moments[0].Add(-day), moments[1].Add(-day), id)
	}
}

// record is a run as the database has it.
type record struct {
	id, report, reportName, trigger, state, failure string
	scheduledFor                                    time.Time
	attempts                                        int
	lease, next                                     sql.NullTime
}

// records are all runs, by id.
func (w *world) records() map[string]record {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(),
		`SELECT id, report_id, report_name, "trigger", state, failure, scheduled_for, attempts, lease_until, next_attempt_at FROM runs`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]record{}
	for rows.Next() {
		var r record
		if err := rows.Scan(&r.id, &r.report, &r.reportName, &r.trigger, &r.state, &r.failure, &r.scheduledFor, &r.attempts, &r.lease, &r.next); err != nil {
			w.t.Fatal(err)
		}
		all[r.id] = r
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// runOf is the only run of the report with that name.
func (w *world) runOf(name string) (found record) {
	w.t.Helper()
	for _, r := range w.records() {
		if r.reportName == name {
			if found.id != "" {
				w.t.Fatalf("%s has more than one run", name)
			}
			found = r
		}
	}
	return found
}

// promise is a file as the database has it.
type promise struct {
	run, kind, bucket, key string
	rows, size, consumed   int64
	published              bool
}

// promises are all files, by bucket and key.
func (w *world) promises() map[string]promise {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.t.Context(),
		"SELECT run_id, type, bucket, key, rows, size, consumed, CASE WHEN published_at IS NULL THEN 0 ELSE 1 END FROM files")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]promise{}
	for rows.Next() {
		var p promise
		if err := rows.Scan(&p.run, &p.kind, &p.bucket, &p.key, &p.rows, &p.size, &p.consumed, &p.published); err != nil {
			w.t.Fatal(err)
		}
		all[p.bucket+"/"+p.key] = p
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// states counts the runs by state, for the log.
func (w *world) states() string {
	w.t.Helper()
	count := map[string]int{}
	for _, r := range w.records() {
		count[r.state]++
	}
	return fmt.Sprint(count)
}
