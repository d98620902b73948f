package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// adminPassword is that of the user "admin" of every console that a run starts.
const adminPassword = "bench-password-1"

// console is the program as a process of its own.
type console struct {
	url     string
	command *exec.Cmd
	log     <-chan string // all of it, once it has ended
}

// console starts the program and returns when it is ready. Environment is given as in the command line: LICENSE_MANAGER_S3=… .
func (b *bench) console(ctx context.Context, dataDir string, environment ...string) (*console, error) {
	c := &console{command: exec.CommandContext(ctx, b.program, "--listen", "127.0.0.1:0", "--s3-listen", "127.0.0.1:0", "--data-dir", dataDir)}
	c.command.Env = append(plainEnvironment(), append(environment, "LICENSE_MANAGER_ACCOUNT_ID="+account().ID,
		"LICENSE_MANAGER_ADMIN_PASSWORD="+adminPassword)...)
	stderr, err := c.command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	ready, log := make(chan string, 1), make(chan string, 1)
	c.log = log
	go readLog(stderr, ready, log)
	select {
	case c.url = <-ready:
		return c, nil
	case words := <-log:
		return nil, errors.Join(fmt.Errorf("the program ended: %s", words), c.command.Wait())
	}
}

// plainEnvironment is that of this process without what configures the program.
func plainEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "LICENSE_MANAGER_") })
}

// sinkEnvironment makes a console publish to a neighbor.
func (n *neighbor) sinkEnvironment() []string {
	return []string{"LICENSE_MANAGER_S3=" + n.url, "AWS_ACCESS_KEY_ID=" + n.words[0], "AWS_SECRET_ACCESS_KEY=" + n.words[1]}
}

// readLog tells the address once the program is ready, and the last of the log once it has ended.
func readLog(log io.Reader, ready, ended chan<- string) {
	pattern := regexp.MustCompile(`License Manager is ready at (http://[0-9.:]+)`)
	var last []string
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if found := pattern.FindStringSubmatch(lines.Text()); found != nil {
			ready <- found[1]
		}
		last = append(last, lines.Text())
		last = last[max(0, len(last)-10):]
	}
	ended <- strings.Join(last, "\n")
}

// stop ends the program as an administrator would and waits for it.
func (c *console) stop() error {
	if err := c.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	words := <-c.log
	if err := c.command.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, words)
	}
	return nil
}

// memory is a figure of the process in megabytes: VmRSS for now, VmHWM for the peak.
func (c *console) memory(name string) (float64, error) {
	text := field("/proc/"+strconv.Itoa(c.command.Process.Pid)+"/status", name)
	var kilobytes float64
	if _, err := fmt.Sscan(text, &kilobytes); err != nil {
		return 0, fmt.Errorf("%s of the program: %w", name, err)
	}
	return kilobytes / 1024, nil
}

// signIn returns the cookie of a new session.
func (c *console) signIn(ctx context.Context) (string, error) {
	answer, err := c.post(ctx, "/sign-in", "", url.Values{"username": {"admin"}, "password": {adminPassword}})
	if err != nil {
		return "", err
	}
	for _, cookie := range answer.cookies {
		if cookie.MaxAge >= 0 && cookie.Value != "" {
			return cookie.Name + "=" + cookie.Value, nil
		}
	}
	return "", fmt.Errorf("no session: status %d", answer.status)
}

// answer is what came back for a request.
type answer struct {
	status   int
	location string
	cookies  []*http.Cookie
	body     []byte
}

// post sends a form.
func (c *console) post(ctx context.Context, path, cookie string, fields url.Values) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(r, cookie)
}

// get returns a page, which must be there.
func (c *console) get(ctx context.Context, path, cookie string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		return nil, err
	}
	a, err := send(r, cookie)
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("GET %s: status %d", path, a.status)
	}
	return a.body, err
}

// send sends a request and reads the answer to its end. Redirects are not followed.
func send(r *http.Request, cookie string) (answer, error) {
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	client := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, location: response.Header.Get("Location"), cookies: response.Cookies(), body: body}, err
}
