package cli_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFirstStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "data")
	c := start(t, program(t, dir))
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := get(t, browser(t), c.url+path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	admin := browser(t)
	if _, body := get(t, admin, c.setup); !strings.Contains(body, "Create administrator") {
		t.Fatalf("%s: %s", c.setup, body)
	}
	link, err := url.Parse(c.setup)
	if err != nil {
		t.Fatal(err)
	}
	token := link.Query().Get("token")
	_, body := post(t, admin, c.url+"/setup", url.Values{"token": {token}, "username": {"ada"}, "password": {"a good password"}})
	if !strings.Contains(body, "Successfully created administrator ada.") {
		t.Errorf("after setup: %s", body)
	}
	if log := c.stop(t, syscall.SIGTERM); strings.Contains(log, token) {
		t.Errorf("the log has the token:\n%s", log)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "s3-credentials"): 0o600, filepath.Join(dir, "license-manager.db"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", path, info.Mode(), err, want)
		}
	}
	again := start(t, program(t, dir))
	if again.setup != "" {
		t.Error("a second start prints a setup link")
	}
	if !again.signIn(t, "ada", "a good password") {
		t.Error("the administrator can't sign in after a restart")
	}
	again.stop(t, os.Interrupt)
}

func TestUnattendedFirstStart(t *testing.T) {
	t.Parallel()
	cmd := program(t, t.TempDir())
	cmd.Env = append(cmd.Env, "LICENSE_MANAGER_ADMIN_PASSWORD=from the environment")
	c := start(t, cmd)
	if c.setup != "" || !c.signIn(t, "admin", "from the environment") {
		t.Errorf("admin can't sign in, or there is a setup link: %q", c.setup)
	}
	c.stop(t, syscall.SIGTERM)
}

func TestTwoConsolesDoNotShareADataDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := start(t, program(t, dir))
	code, _, stderr := outcome(t, program(t, dir))
	if code != 2 || !strings.Contains(stderr, "--data-dir") || !strings.Contains(stderr, "in use") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	c.stop(t, syscall.SIGTERM)
}

func TestStartWithoutS3(t *testing.T) {
	t.Parallel()
	cmd := program(t, t.TempDir(), "--s3", "http://127.0.0.1:1")
	cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID=key", "AWS_SECRET_ACCESS_KEY=secret")
	c := start(t, cmd)
	if status, _ := get(t, browser(t), c.url+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz: %d", status)
	}
	c.stop(t, syscall.SIGTERM)
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"--help":        {"Usage: license-manager", "$LICENSE_MANAGER_S3_LISTEN", "import", "user add", "127.0.0.1:8080"},
		"import --help": {"CSV file", "--license"},
		"version":       {"license-manager "},
	} {
		code, stdout, stderr := outcome(t, program(t, t.TempDir(), strings.Fields(args)...))
		if code != 0 || stderr != "" {
			t.Errorf("%s: exit %d: %s", args, code, stderr)
		}
		for _, text := range want {
			if !strings.Contains(stdout, text) {
				t.Errorf("%s: no %q in:\n%s", args, text, stdout)
			}
		}
	}
}
