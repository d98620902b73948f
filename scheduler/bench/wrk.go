package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// How wrk loads a server: so many that it never waits for a request, or as few as colleagues at their desks.
const (
	throughputConnections = 64
	latencyConnections    = 4
)

// load is what wrk saw of a page.
type wrkResult struct {
	requests float64 // a second
	p99      float64 // milliseconds
}

// target is what wrk asks for: a page or, if its URL has a verb of fmt for a number, those of the numbers from one to another in
// turn. A verb for a text after it stands for each of the sorts.
type target struct {
	url, cookie string
	from, to    int
	sorts       []string
}

// wrk asks for a target again and again. Any answer but 2xx is an error.
func (b *bench) wrk(ctx context.Context, t target, connections int) (wrkResult, error) {
	args := []string{"--threads", "1", "--connections", strconv.Itoa(connections), "--duration", b.wrkTime(), "--latency", "--timeout", "10s"}
	if t.cookie != "" {
		args = append(args, "--header", "Cookie: "+t.cookie)
	}
	address := t.url
	if t.to > 0 {
		script := b.path("wrk.lua")
		if err := os.WriteFile(script, []byte(t.script()), 0o600); err != nil {
			return wrkResult{}, err
		}
		host, _ := t.split()
		args, address = append(args, "--script", script), host
	}
	out, err := output(ctx, "wrk", append(args, address)...)
	if err != nil {
		return wrkResult{}, err
	}
	rest(ctx) // a server goes on with what wrk did not wait for
	return readWrk(out)
}

// script has wrk go through the numbers, and through the sorts of each.
func (t target) script() string {
	_, path := t.split()
	return fmt.Sprintf(`local sorts, n = {"%s"}, -1
function request()
  n = n + 1
  local page = %d + math.floor(n / #sorts) %% %d
  return wrk.format("GET", string.format("/%s", page, sorts[n %% #sorts + 1]))
end
`, strings.Join(t.sorts, `", "`), t.from, t.to-t.from+1, path)
}

// split is the address of the server and the rest of the URL behind its slash.
func (t target) split() (host, path string) {
	server, path, _ := strings.Cut(strings.TrimPrefix(t.url, "http://"), "/")
	return "http://" + server + "/", path
}

// wrkTime is how long a run takes: whole seconds, as wrk wants it.
func (b *bench) wrkTime() string {
	if b.scale < 1 {
		return "1s"
	}
	return "3s"
}

// readWrk takes the figures from the words of wrk.
func readWrk(out string) (wrkResult, error) {
	for _, problem := range []string{`Non-2xx or 3xx responses: .*`, `Socket errors: .*`} {
		if found := regexp.MustCompile(problem).FindString(out); found != "" {
			return wrkResult{}, errors.New("wrk: " + found)
		}
	}
	requests := regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`).FindStringSubmatch(out)
	latency := regexp.MustCompile(`99%\s+([0-9.]+(?:us|ms|s|m))`).FindStringSubmatch(out)
	if requests == nil || latency == nil {
		return wrkResult{}, fmt.Errorf("wrk said %q", out)
	}
	rate, err := strconv.ParseFloat(requests[1], 64)
	if err == nil && rate == 0 {
		err = errors.New("wrk: no answer within the time of a run")
	}
	if err != nil {
		return wrkResult{}, err
	}
	p99, err := time.ParseDuration(latency[1])
	return wrkResult{requests: rate, p99: p99.Seconds() * 1000}, err
}

// loaded is a side of which wrk measures the requests a second.
func (b *bench) loaded(name string, t target) side {
	return side{name, func(ctx context.Context) (float64, error) {
		seen, err := b.wrk(ctx, t, throughputConnections)
		return seen.requests, err
	}}
}

// slowest is a side of which wrk measures the 99th percentile of the latency in milliseconds.
func (b *bench) slowest(name string, t target) side {
	return side{name, func(ctx context.Context) (float64, error) {
		seen, err := b.wrk(ctx, t, latencyConnections)
		return seen.p99, err
	}}
}
