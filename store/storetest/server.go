package storetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Variable names the environment variable that holds the URL of the PostgreSQL server on which tests create their databases.
// The server is taken for one that goes when the tests are done; make test starts such a server. Without the variable each test
// process starts its own.
const Variable = "LICENSE_MANAGER_TEST_POSTGRES"

// serverURL finds or starts the server, once for all tests of the process.
//
//nolint:gochecknoglobals // nothing else lives as long as a test process
var serverURL = sync.OnceValues(func() (*url.URL, error) {
	given := os.Getenv(Variable)
	if given == "" {
		s, err := startServer()
		if err != nil {
			return nil, fmt.Errorf("%s is not set, and no PostgreSQL server could be started: %w", Variable, err)
		}
		given = s.url
		lifelines = append(lifelines, s.lifeline)
	}
	server, err := url.Parse(given)
	if err != nil || server.Scheme != "postgres" {
		return nil, fmt.Errorf("%s is not a postgres:// URL", Variable)
	}
	return server, nil
})

// lifelines keeps the pipes of servers from the garbage collector, which would close them and so stop the servers.
//
//nolint:gochecknoglobals // as long as the process
var lifelines []io.Closer

// server is a PostgreSQL server that ends with this process, or before when it is stopped.
type server struct {
	url      string
	command  *exec.Cmd
	lifeline io.Closer
}

// startServer starts a server by the script that make test uses. The script keeps it for as long as its standard input is open, and
// the system closes that when this process ends, whatever the reason. The options are those of the script.
func startServer(options ...string) (*server, error) {
	script, err := findScript()
	if err != nil {
		return nil, err
	}
	var problems bytes.Buffer
	command := exec.CommandContext(context.Background(), script, append(options, "sh", "-c", `echo "$`+Variable+`"; exec cat >/dev/null`)...)
	command.Stderr = &problems
	lifeline, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, errors.Join(command.Wait(), errors.New(strings.TrimSpace(problems.String())))
	}
	return &server{url: strings.TrimSpace(line), command: command, lifeline: lifeline}, nil
}

// stop ends the server and waits until it is gone.
func (s *server) stop() error {
	return errors.Join(s.lifeline.Close(), s.command.Wait())
}

// findScript looks for .ci/postgres, upward from the directory of the package under test.
func findScript() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		script := filepath.Join(dir, ".ci", "postgres")
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no .ci/postgres above the working directory")
		}
		dir = parent
	}
}
