package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"license-manager/web/cli"
)

// asProgram makes the test binary the program itself, so that tests see real
// processes: their exit codes, signals and files.
const asProgram = "TEST_AS_LICENSE_MANAGER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		m.Run()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], time.Now)
	stop()
	os.Exit(code)
}

// patience is how long a process may take before a test gives up.
const patience = 2 * time.Minute

// program prepares a process on a data directory.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "LICENSE_MANAGER_DATA_DIR="+dir,
		"LICENSE_MANAGER_LISTEN=127.0.0.1:0", "LICENSE_MANAGER_S3_LISTEN=127.0.0.1:0", "AWS_EC2_METADATA_DISABLED=true")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd
}

// outcome runs a process to its end.
func outcome(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), problems.String()
}

// console is a running process.
type console struct {
	url   string
	setup string // the link in the log; empty if there was none
	cmd   *exec.Cmd
	log   *bufio.Reader
}

// start runs the console until it says that it is ready.
func start(t *testing.T, cmd *exec.Cmd) *console {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &console{cmd: cmd, log: bufio.NewReader(stderr)}
	ready := regexp.MustCompile(`License Manager is ready at (\S+)`)
	setup := regexp.MustCompile(`Open (\S+) to create`)
	for {
		line, err := c.log.ReadString('\n')
		if err != nil {
			t.Fatalf("the console ended before it was ready: %v %s", err, line)
		}
		if m := setup.FindStringSubmatch(line); m != nil {
			c.setup = m[1]
		}
		if m := ready.FindStringSubmatch(line); m != nil {
			c.url = m[1]
			return c
		}
	}
}

// stop asks the console to end and wants it to do so well.
func (c *console) stop(t *testing.T, signal os.Signal) (log string) {
	t.Helper()
	if err := c.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(c.log)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("after %v: %v\n%s", signal, err, rest)
	}
	return string(rest)
}

// get returns the answer to a request.
func get(t *testing.T, client *http.Client, address string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, client, request)
}

// post sends a form and returns the answer to which it leads.
func post(t *testing.T, client *http.Client, address string, fields url.Values) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(fields.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, client, request)
}

func send(t *testing.T, client *http.Client, request *http.Request) (status int, body string) {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// signIn reports whether user and password are good for the settings page.
func (c *console) signIn(t *testing.T, user, password string) bool {
	t.Helper()
	client := browser(t)
	_, body := post(t, client, c.url+"/sign-in", url.Values{"username": {user}, "password": {password}, "next": {"/settings"}})
	return strings.Contains(body, "Cross-account inventory search")
}
