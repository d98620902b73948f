package cli_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "github.com/mattn/go-sqlite3" // to damage what the program stored
)

func TestCheckFromTheCommandLineWhileTheConsoleRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := start(t, program(t, dir))
	db, err := sql.Open("sqlite3", filepath.Join(dir, "license-manager.db")+"?_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `INSERT INTO licenses (id, arn, name, name_key, description, counting_type, hard_limit, rules, status, owner_account_id, version, created_at, created_by, updated_at, updated_by)
		VALUES ('lic-1', 'arn', 'Oracle', 'oracle', '', 'vCPU', false, '', 'available', '123456789012', 1, '2026-11-25 00:00:00+00:00', 'x', '2026-11-25 00:00:00+00:00', 'x')`); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		damage string
		args   []string
		code   int
		want   []string
	}{
		{"SELECT 1", nil, 0, []string{"Checked 1 self-managed license with 0 associated resources: all is as it should be."}},
		{"INSERT INTO license_counters VALUES ('lic-1', 'RDS', 2, 3)", nil, 1, []string{
			"Oracle (lic-1): RDS: the counters say 2 resources and 3 consumed vCPUs, but there are 0 and 0 consumed vCPUs.", "1 license is wrong.", "check --repair"}},
		{"SELECT 1", []string{"--repair"}, 0, []string{"- repaired.", "1 license was repaired."}},
		{"UPDATE licenses SET used = 7", nil, 1, []string{"Oracle (lic-1): its sum says 7 consumed vCPUs, but there are 0."}},
		{"SELECT 1", []string{"--repair"}, 0, []string{"1 license was repaired."}},
		{"SELECT 1", nil, 0, []string{"all is as it should be"}},
	} {
		if _, err := db.ExecContext(t.Context(), step.damage); err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := outcome(t, program(t, dir, append([]string{"check"}, step.args...)...))
		for _, want := range step.want {
			if code != step.code || !strings.Contains(stdout+stderr, want) {
				t.Errorf("check %v: exit %d, want %d with %q:\n%s%s", step.args, code, step.code, want, stdout, stderr)
			}
		}
	}
	c.stop(t, syscall.SIGTERM)
}
