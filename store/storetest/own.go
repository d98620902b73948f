package storetest

import (
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Server is a PostgreSQL server that a test has for itself, and may restart.
type Server struct {
	// URL is that of its database.
	URL string

	dir string
}

// StartServer starts a server until tb ends.
func StartServer(tb testing.TB) *Server {
	tb.Helper()
	s, err := startServer("--durable") // what it has committed must be there after a crash
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.stop(); err != nil {
			tb.Error(err)
		}
	})
	u, err := url.Parse(s.url)
	if err != nil {
		tb.Fatal(err)
	}
	return &Server{URL: s.url, dir: u.Query().Get("host")}
}

// Restart ends the server without letting anybody finish, as a crash does, and
// starts it again, which has it recover.
func (s *Server) Restart(tb testing.TB) {
	tb.Helper()
	data := filepath.Join(s.dir, "data")
	options, err := os.ReadFile(filepath.Join(data, "postmaster.opts")) // how it was started: its path and its arguments
	if err != nil {
		tb.Fatal(err)
	}
	program, _, _ := strings.Cut(string(options), " ")
	restart := []string{filepath.Join(filepath.Dir(program), "pg_ctl"), "restart", "--silent", "--wait", "--mode=immediate", "--pgdata=" + data, "--log=" + filepath.Join(s.dir, "log")}
	if os.Geteuid() == 0 {
		restart = append([]string{"runuser", "-u", "postgres", "--"}, restart...)
	}
	command := exec.CommandContext(tb.Context(), restart[0], restart[1:]...)
	command.Dir = s.dir
	if output, err := command.CombinedOutput(); err != nil {
		tb.Fatalf("restart PostgreSQL: %v\n%s", err, output)
	}
}
