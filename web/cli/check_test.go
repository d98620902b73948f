package cli_test

import (
	"database/sql"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	_ "github.com/mattn/go-sqlite3" // to damage what the program stored

	"license-manager/scheduler/bucket"
	"license-manager/scheduler/bucket/embedded"
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

func TestCheckFilesFromTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := embedded.Options{Dir: filepath.Join(dir, "s3"), CredentialsFile: filepath.Join(dir, "s3-credentials")}
	files, err := embedded.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(files.Handler())
	defer server.Close()
	id, secret := files.Credentials()
	client, err := bucket.New(t.Context(), bucket.Options{Mode: bucket.Embedded, Endpoint: server.URL, Region: "us-east-1", AccessKeyID: id, SecretAccessKey: secret})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateBucket(t.Context(), "reports"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"Reports/a.csv", "Reports/b\n.csv"} {
		if _, err := client.Put(t.Context(), "reports", key, strings.NewReader("content"), bucket.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	want(t, program(t, dir, "check", "--files"), 0, "Checked 2 files with 14 bytes: all are as they were written.")
	err = embedded.Check(t.Context(), o.Dir, func(c embedded.Checked) error {
		if c.Key != "Reports/b\n.csv" {
			return nil
		}
		content, err := os.ReadFile(c.Path)
		content[3] ^= 1
		return errors.Join(err, os.WriteFile(c.Path, content, 0o600))
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, program(t, dir, "check", "--files"), 1, `"Reports/b\n.csv" in bucket reports is damaged: `, "Checked 2 files with 14 bytes: 1 file is damaged.")
	want(t, program(t, dir, "check", "--files", "--s3", "aws"), 2, "--s3", "embedded S3 server")
	want(t, program(t, t.TempDir(), "check", "--files"), 0, "Checked 0 files")
	_, object, err := client.Get(t.Context(), "reports", "Reports/b\n.csv")
	if words := bucket.Explain(err).Words; !strings.Contains(words, "The file in the bucket reports is damaged") {
		t.Errorf("the console says %q of %v", words, object)
	}
}

// want runs a process and fails unless it ends with a code and these words.
func want(t *testing.T, cmd *exec.Cmd, code int, words ...string) {
	t.Helper()
	got, stdout, stderr := outcome(t, cmd)
	for _, word := range words {
		if got != code || !strings.Contains(stdout+stderr, word) {
			t.Errorf("%v: exit %d, want %d with %q:\n%s%s", cmd.Args, got, code, word, stdout, stderr)
		}
	}
}
