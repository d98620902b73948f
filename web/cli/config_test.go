package cli_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongConfiguration(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a database, and long enough to look like one"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []struct {
		flag, value string
	}{
		{"listen", taken.Addr().String()},
		{"listen", "nowhere"},
		{"s3-listen", taken.Addr().String()},
		{"data-dir", file},
		{"database", "postgres://user:secret@127.0.0.1:1/db"},
		{"database", "postgres://user:secret@127.0.0.1:x/db"},
		{"database", "mysql://user:secret@127.0.0.1/db"},
		{"database", file},
		{"s3", "ftp://user:secret@127.0.0.1"},
		{"s3", "http://user:secret@127.0.0.1"},
		{"s3", "http://user:secret@127.0.0.1/bucket"},
		{"s3", "https://s3.example.com/our-bucket"},
		{"s3-style", "host"},
		{"s3-region", "Frankfurt am Main"},
		{"account-id", "123"},
		{"account-id", "12345678901x"},
		{"region", "Frankfurt am Main"},
		{"public-url", "https://user:secret@example.com"},
		{"publishers", "0"},
		{"publishers", "many"},
		{"trusted-proxies", "10.0.0.0/8,everyone"},
		{"log-format", "xml"},
		{"log-level", "loud"},
		{"time-zone", "Middle-earth/Shire"},
		{"no-such-flag", "1"},
	} {
		t.Run(wrong.flag+" "+wrong.value, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := outcome(t, program(t, t.TempDir(), "--"+wrong.flag+"="+wrong.value))
			if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "--"+wrong.flag) {
				t.Errorf("exit %d:\n%s%s", code, stdout, stderr)
			}
			if strings.Contains(stderr, "secret") {
				t.Errorf("the password is printed: %s", stderr)
			}
		})
	}
}

func TestWrongVariableKeepsItsSecret(t *testing.T) {
	t.Parallel()
	for variable, flag := range map[string]string{"LICENSE_MANAGER_DATABASE": "--database", "LICENSE_MANAGER_S3": "--s3", "LICENSE_MANAGER_PUBLIC_URL": "--public-url"} {
		cmd := program(t, t.TempDir())
		cmd.Env = append(cmd.Env, variable+"=ftp://user:secret@example.com")
		code, _, stderr := outcome(t, cmd)
		if code != 2 || !strings.Contains(stderr, flag) || strings.Contains(stderr, "secret") {
			t.Errorf("%s: exit %d: %s", variable, code, stderr)
		}
	}
}
