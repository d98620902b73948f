package browsertest_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"license-manager/web/browsertest"
)

// adminPassword makes the program create its administrator by itself.
const adminPassword = "LICENSE_MANAGER_ADMIN_PASSWORD=" + password

// signedIn returns a client that the administrator has signed in.
func signedIn(t *testing.T, program *browsertest.Process) *browsertest.Client {
	t.Helper()
	client := browsertest.NewClient(program.URL)
	if err := client.SignIn(t.Context(), userName, password); err != nil {
		t.Fatal(err)
	}
	return client
}

// submit sends a form and returns where that leads.
func submit(t *testing.T, client *browsertest.Client, path string, fields url.Values) string {
	t.Helper()
	answer, err := client.Post(t.Context(), path, fields)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Path
}

// awaitReport waits until nothing is going on with a report.
func awaitReport(t *testing.T, client *browsertest.Client, path string) {
	t.Helper()
	await(t, patience, path+" is published", func(ctx context.Context) bool {
		answer, err := client.Get(ctx, path)
		return err == nil && !strings.Contains(answer.Body, `data-hx-trigger="every`)
	})
}

// await waits until something is so.
func await(t *testing.T, limit time.Duration, what string, holds func(context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	next := time.NewTicker(pollEvery)
	defer next.Stop()
	for !holds(ctx) {
		select {
		case <-next.C:
		case <-ctx.Done():
			t.Fatalf("after %v not yet: %s", limit, what)
		}
	}
}
