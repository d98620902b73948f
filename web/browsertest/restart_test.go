package browsertest_test

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"license-manager/web/browsertest"
)

// restart ends the program and starts it again, as an update does: who was
// signed in still is, and everything is still there. Another password ends the
// session.
func restart(t *testing.T, s suite) {
	o := browsertest.Options{DataDir: filepath.Join(t.TempDir(), "data"), Env: []string{adminPassword}}
	program := s.start(t, o)
	client := signedIn(t, program)
	report := createReport(t, client, createLicense(t, client), reportName)
	awaitReport(t, client, report)
	p := s.browse(t, program.URL)
	p.open(report)
	p.signIn()
	p.want(reportName, "Report history (2)")

	s.stop(t, program)
	o.Listen = strings.TrimPrefix(program.URL, "http://")
	s.start(t, o)
	p.follow("Refresh usage report")
	p.want(reportName, "Report history (2)")
	if _, content := p.download("Download latest summary"); !strings.Contains(content, ","+licenseName+",") {
		t.Errorf("after the restart the file is %q", content)
	}

	reset := exec.CommandContext(t.Context(), s.program, "user", "reset-password", userName, "--data-dir", o.DataDir)
	reset.Stdin = strings.NewReader("another horse battery\n")
	if output, err := reset.CombinedOutput(); err != nil {
		t.Fatalf("user reset-password: %v\n%s", err, output)
	}
	p.follow("Refresh usage report")
	p.want("Continue to the usage report you opened.")
	p.fill("username", userName)
	p.fill("password", password)
	p.refused("Sign in", "/sign-in")
	p.want("Your sign-in wasn’t successful.")
	p.fill("password", "another horse battery")
	p.follow("Sign in")
	p.want(reportName, "Report history (2)")
}

// createLicense creates a license and returns its id.
func createLicense(t *testing.T, client *browsertest.Client) string {
	t.Helper()
	path := submit(t, client, "/self-managed-licenses", url.Values{"name": {licenseName}, "counting_type": {"Core"}, "license_count": {"480"}})
	return path[strings.LastIndexByte(path, '/')+1:]
}

// createReport creates a report of both types and returns the path of its
// details page.
func createReport(t *testing.T, client *browsertest.Client, license, name string) string {
	t.Helper()
	return submit(t, client, "/usage-reports", url.Values{
		"name": {name}, "license": {license}, "frequency": {"24h"}, "type": {"summary", "resource-usage"},
	})
}
