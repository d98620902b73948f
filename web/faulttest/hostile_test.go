//go:build nightly

package faulttest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"license-manager/web/browsertest"
)

const (
	hostileConnections = 2000
	hostileTime        = 8 * time.Second
	mostMemory         = 200 << 10 // KiB
	slowestPage        = time.Second
)

// TestHostileConnections opens many connections of each kind that hold what they
// can, and reads pages meanwhile.
//
//nolint:paralleltest // nothing else may run beside it
func TestHostileConnections(t *testing.T) {
	w := newWorld(t, "", nil)
	w.start()
	cookie := w.sessionCookie()
	console, s3 := mustParse(t, w.program.URL).Host, mustParse(t, w.program.S3URL).Host
	origin := "Origin: " + w.program.URL + "\r\nHost: " + console + "\r\n"
	const form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n\r\n"
	half := strings.Repeat("x", 900_000)
	for _, kind := range []struct {
		name, address string
		text          func(i int) string
	}{
		{"bodies that stop", console, func(int) string { return "POST /sign-in HTTP/1.1\r\n" + origin + form + "username=" + half }},
		{"bodies of users that stop", console, func(int) string {
			return "POST /settings/s3/edit HTTP/1.1\r\n" + cookie + origin + form + "name=" + half
		}},
		{"half uploads", console, func(int) string {
			return "POST /tracked-resources/import HTTP/1.1\r\n" + cookie + origin + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000000\r\n\r\n" +
				"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.csv\"\r\n\r\nresource_id,resource_type,resource_owner_id\n" + half
		}},
		{"headers that stop", console, func(int) string { return "GET /sign-in HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 60_000) }},
		{"clients that never read", console, func(int) string {
			return strings.Repeat("GET / HTTP/1.1\r\nHost: "+console+"\r\n"+cookie+"\r\n", 200)
		}},
		{"half uploads to S3", s3, func(i int) string { return w.signedPut(s3, i) + half }},
	} {
		w.attack(kind.name, kind.address, kind.text)
	}
	if err := browsertest.NewClient(w.program.URL).SignIn(t.Context(), adminName, adminPassword); err != nil {
		t.Error("afterwards nobody can sign in:", err)
	}
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// sessionCookie signs in and returns the header of the session.
func (w *world) sessionCookie() string {
	w.t.Helper()
	fields := url.Values{"username": {adminName}, "password": {adminPassword}}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.program.URL+"/sign-in", strings.NewReader(fields.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	cookie, _, _ := strings.Cut(response.Header.Get("Set-Cookie"), ";")
	return "Cookie: " + cookie + "\r\n"
}

// signedPut is the head of an upload to the embedded S3 server.
func (w *world) signedPut(host string, i int) string {
	_, file := w.where()
	text, err := os.ReadFile(file)
	if err != nil {
		w.t.Error(err)
	}
	value := func(name string) string {
		return string(regexp.MustCompile(name + `\s*=\s*(\S+)`).FindSubmatch(text)[1])
	}
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPut, fmt.Sprintf("http://%s/hostile/%d", host, i), http.NoBody)
	if err != nil {
		w.t.Error(err)
	}
	r.ContentLength = 1 << 30
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	keys := aws.Credentials{AccessKeyID: value("aws_access_key_id"), SecretAccessKey: value("aws_secret_access_key")}
	if err := v4.NewSigner().SignHTTP(w.t.Context(), keys, r, "UNSIGNED-PAYLOAD", "s3", region, time.Now()); err != nil {
		w.t.Error(err)
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", r.URL.Path, host, r.ContentLength)
	_ = r.Header.Write(&head)
	return head.String() + "\r\n"
}

// attack opens the connections of a kind and measures what that does.
func (w *world) attack(kind, address string, text func(i int) string) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	var all sync.WaitGroup
	for i := range hostileConnections {
		all.Go(func() { hold(ctx, address, text(i)) })
	}
	memory, times := 0, []time.Duration{}
	for end := time.Now().Add(hostileTime); time.Now().Before(end); {
		start := time.Now()
		_, err := w.client.Get(ctx, "/usage-reports")
		times = append(times, time.Since(start))
		if err != nil {
			w.t.Errorf("%s: a page fails: %.200v", kind, err)
		}
		memory = max(memory, w.memory())
	}
	cancel()
	all.Wait()
	slices.Sort(times)
	p99 := times[len(times)*99/100]
	w.t.Logf("%d %s: at most %d MB; %d pages, half of them within %s, 99 %% within %s", hostileConnections, kind, memory>>10, len(times), times[len(times)/2], p99)
	if memory > mostMemory || p99 > slowestPage {
		w.t.Errorf("%s: want at most %d MB and pages within %s", kind, mostMemory>>10, slowestPage)
	}
}

// hold sends a text and then does nothing until ctx ends.
func hold(ctx context.Context, address, text string) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	_, _ = io.WriteString(conn, text)
	<-ctx.Done()
}

// memory is how much the program has in memory, in KiB.
func (w *world) memory() int {
	w.t.Helper()
	status, err := os.ReadFile("/proc/" + strconv.Itoa(w.program.PID()) + "/status")
	if err != nil {
		w.t.Fatal(err)
	}
	found := regexp.MustCompile(`VmRSS:\s*(\d+) kB`).FindSubmatch(status)
	n, _ := strconv.Atoi(string(found[1]))
	return n
}
