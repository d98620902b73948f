package cli_test

import (
	"strings"
	"syscall"
	"testing"
)

func TestUsersFromTheCommandLineWhileTheConsoleRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := start(t, program(t, dir))
	run := func(stdin string, args ...string) (int, string) {
		cmd := program(t, dir, args...)
		cmd.Stdin = strings.NewReader(stdin)
		code, stdout, stderr := outcome(t, cmd)
		return code, stdout + stderr
	}
	for _, step := range []struct {
		stdin string
		args  []string
		code  int
		want  string
	}{
		{"first password\n", []string{"user", "add", "Ada"}, 0, "Added user Ada (Administrator)."},
		{"other password\n", []string{"user", "add", "ada"}, 1, "A user named “ada” already exists."},
		{"short\n", []string{"user", "add", "bob", "--role", "editor"}, 1, "Password must be 8 characters or more."},
		{"", []string{"user", "add", "bob", "--role", "king"}, 2, "--role"},
		{"another password", []string{"user", "reset-password", "ADA"}, 0, "Reset the password of user ADA."},
		{"another password", []string{"user", "reset-password", "bob"}, 1, "there is no user named bob"},
	} {
		if code, out := run(step.stdin, step.args...); code != step.code || !strings.Contains(out, step.want) {
			t.Errorf("%q: exit %d: %s", step.args, code, out)
		}
	}
	if c.signIn(t, "ada", "first password") || !c.signIn(t, "ada", "another password") {
		t.Error("the password was not reset")
	}
	c.stop(t, syscall.SIGTERM)
}
