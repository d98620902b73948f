//go:build nightly

package faulttest_test

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"license-manager/web/browsertest"
)

const (
	adminName     = "admin"
	adminPassword = "correct horse battery staple"
	accountID     = "012345678901"

	// patience is how long anything may take on a busy machine; longer than an
	// S3 that hangs is waited for.
	patience  = 100 * time.Second
	pollEvery = 50 * time.Millisecond

	// smallResources fit into one request to S3, largeResources need several.
	smallResources = 40
	largeResources = 16_000
	smallLicense   = "small"
)

// largeLicense is a name that makes the rows long.
func largeLicense() string { return strings.Repeat("許", 100) }

// world is a database, an S3 server and the programs between them.
type world struct {
	t       *testing.T
	options browsertest.Options
	db      *sql.DB
	s3      *s3Server // nil: the one in the program
	program *browsertest.Process
	client  *browsertest.Client

	licenses map[string]string // ids by name
	days     int               // slots that have come since the reports were made
}

// newWorld makes a world on the database at address; empty for SQLite in the
// data directory.
func newWorld(t *testing.T, address string, s3 *s3Server) *world {
	t.Helper()
	w := &world{t: t, s3: s3, licenses: map[string]string{}}
	w.options = browsertest.Options{
		Program: os.Args[0], DataDir: filepath.Join(t.TempDir(), "data"), Database: address,
		Env: []string{asProgram + "=1", "LICENSE_MANAGER_ADMIN_PASSWORD=" + adminPassword, "LICENSE_MANAGER_ACCOUNT_ID=" + accountID,
			"LICENSE_MANAGER_REGION=" + region},
	}
	if s3 != nil {
		w.options.Env = append(w.options.Env, append(s3.environment(), "LICENSE_MANAGER_S3="+s3.url)...)
	}
	driver, dsn := "pgx", address
	if address == "" {
		driver, dsn = "sqlite3", "file:"+w.databaseFile()+"?_busy_timeout=20000"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w.db = db
	return w
}

func (w *world) databaseFile() string { return filepath.Join(w.options.DataDir, "license-manager.db") }

// start runs the program until the test ends, unless it is killed before, and
// signs in.
func (w *world) start(env ...string) *browsertest.Process {
	w.t.Helper()
	w.program = w.startAnother(env...)
	w.client = w.signIn(w.program)
	return w.program
}

// startAnother runs one more program.
func (w *world) startAnother(env ...string) *browsertest.Process {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	o := w.options
	o.Env = append(o.Env[:len(o.Env):len(o.Env)], env...)
	p, err := browsertest.Start(ctx, o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.stop(p) })
	return p
}

// stop ends a program as an operator does.
func (w *world) stop(p *browsertest.Process) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		w.t.Errorf("the program did not end with exit code 0: %v", err)
	}
	if w.t.Failed() {
		w.t.Logf("end of the log of a program:\n%s", p.Log()[max(0, len(p.Log())-1500):])
	}
	if strings.Contains(p.Log(), "DATA RACE") {
		w.t.Errorf("data race:\n%s", p.Log())
	}
}

func (w *world) signIn(p *browsertest.Process) *browsertest.Client {
	w.t.Helper()
	client := browsertest.NewClient(p.URL)
	if err := client.SignIn(w.t.Context(), adminName, adminPassword); err != nil {
		w.t.Fatal(err)
	}
	return client
}

// furnish creates a license with resources.
func (w *world) furnish(license string, resources int) {
	w.t.Helper()
	path := w.post("/self-managed-licenses", url.Values{"name": {license}, "counting_type": {"Core"}})
	w.licenses[license] = path[strings.LastIndexByte(path, '/')+1:]
	if output, err := w.importCommand(w.resources(license, resources), license).CombinedOutput(); err != nil {
		w.t.Fatalf("import: %v\n%s", err, output)
	}
}

// importCommand imports a file by the command line, while the program runs.
func (w *world) importCommand(file, license string) *exec.Cmd {
	command := exec.CommandContext(w.t.Context(), w.options.Program, "import", file, "--license", license,
		"--data-dir", w.options.DataDir, "--database", w.options.Database)
	command.Env = append(os.Environ(), w.options.Env...)
	return command
}

// resources writes a file of resources.
func (w *world) resources(license string, count int) (path string) {
	w.t.Helper()
	var text strings.Builder
	text.WriteString("resource_id,resource_type,resource_owner_id,resource_status,cores\n")
	for i := range count {
		fmt.Fprintf(&text, "i-%05x%012d,EC2_INSTANCE,%s,running,2\n", len(license), i, accountID)
	}
	path = filepath.Join(w.t.TempDir(), "resources.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// createReport creates a report and returns its id.
func (w *world) createReport(name, license string, types ...string) (id string) {
	w.t.Helper()
	if len(types) == 0 {
		types = []string{"summary", "resource-usage"}
	}
	path := w.post("/usage-reports", w.reportForm(name, license, types...))
	return path[strings.LastIndexByte(path, '/')+1:]
}

// tryCreateReport sends the form; the program may be gone before it answers.
func (w *world) tryCreateReport(name, license string) error {
	_, err := w.client.Post(w.t.Context(), "/usage-reports", w.reportForm(name, license, "summary", "resource-usage"))
	return err
}

func (w *world) reportForm(name, license string, types ...string) url.Values {
	return url.Values{"name": {name}, "license": {w.licenses[license]}, "frequency": {"24h"}, "type": types}
}

// plain makes a name of a report of a text.
func plain(text string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < 'a' && r != ' ' && (r < 'A' || r > 'Z') && (r < '0' || r > '9') || r > 'z' {
			return '-'
		}
		return r
	}, text), "-")
}

// post sends a form and returns the path to which that leads.
func (w *world) post(path string, fields url.Values) string {
	w.t.Helper()
	answer, err := w.client.Post(w.t.Context(), path, fields)
	if err != nil {
		w.t.Fatal(err)
	}
	to, _, _ := strings.Cut(answer.Path, "?")
	return to
}

// await waits until something holds.
func (w *world) await(what string, holds func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	next := time.NewTicker(pollEvery)
	defer next.Stop()
	for !holds() {
		select {
		case <-next.C:
		case <-ctx.Done():
			w.t.Fatalf("after %v not yet: %s", patience, what)
		}
	}
}

// where is the endpoint of S3 and the file of its keys.
func (w *world) where() (endpoint, credentials string) {
	if w.s3 != nil {
		return w.s3.url, w.s3.credentials
	}
	return w.program.S3URL, filepath.Join(w.options.DataDir, "s3-credentials")
}

// filesDir is where the S3 server keeps its files.
func (w *world) filesDir() string {
	if w.s3 != nil {
		return w.s3.dir
	}
	return filepath.Join(w.options.DataDir, "s3")
}

// kindOfDatabase names the database for the log.
func (w *world) kindOfDatabase() string {
	return cmp.Or(strings.SplitN(w.options.Database, ":", 2)[0], "sqlite")
}
