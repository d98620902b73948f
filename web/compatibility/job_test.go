//go:build compatibility

package compatibility_test

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"license-manager/scheduler/bucket"
	"license-manager/web/browsertest"
)

const (
	password = "correct horse battery staple"
	region   = "eu-central-1" // which none of the servers has
	fewRows  = 40
	manyRows = 20_000 // with a name of 300 bytes in each: more than 8 MiB
)

// TestMainJob has each server keep the reports of an installation that begins
// without a bucket.
//
//nolint:paralleltest // the servers are large: one at a time
func TestMainJob(t *testing.T) {
	for name, startServer := range start() {
		t.Run(name, func(t *testing.T) {
			c := newCertificate(t)
			server := startServer(t, t.TempDir(), c)
			for _, endpoint := range []string{server.http, server.https} {
				scheme, _, _ := strings.Cut(endpoint, "://")
				t.Run(scheme, func(t *testing.T) { newJob(t, endpoint, cmp.Or(server.region, region), c).run() })
			}
		})
	}
}

// job is one installation and what has come of it.
type job struct {
	t        *testing.T
	options  browsertest.Options
	client   *browsertest.Client
	s3       *bucket.Client
	bucket   string
	licenses map[string]string // ids by name
	step     string
}

// newJob starts the program with an S3 server.
func newJob(t *testing.T, endpoint, s3Region string, c certificate) *job {
	t.Helper()
	keys := map[string]string{"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_CA_BUNDLE": c.file, "AWS_EC2_METADATA_DISABLED": "true"}
	j := &job{t: t, licenses: map[string]string{}, options: browsertest.Options{
		Program: os.Args[0], DataDir: filepath.Join(t.TempDir(), "data"),
		Env: []string{asProgram + "=1", "LICENSE_MANAGER_ADMIN_PASSWORD=" + password, "LICENSE_MANAGER_ACCOUNT_ID=012345678901",
			"LICENSE_MANAGER_REGION=" + region, "LICENSE_MANAGER_S3=" + endpoint, "LICENSE_MANAGER_S3_REGION=" + s3Region},
	}}
	for name, value := range keys {
		t.Setenv(name, value)
		j.options.Env = append(j.options.Env, name+"="+value)
	}
	program, err := browsertest.Start(t.Context(), j.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := program.Kill(); err != nil {
			t.Log(err)
		}
		if t.Failed() {
			t.Logf("at the step %q; end of the log:\n%s", j.step, program.Log()[max(0, len(program.Log())-3000):])
		}
	})
	j.client = browsertest.NewClient(program.URL)
	if err := j.client.SignIn(t.Context(), "admin", password); err != nil {
		t.Fatal(err)
	}
	if j.s3, err = bucket.New(t.Context(), bucket.Options{Mode: bucket.Endpoint, Endpoint: endpoint, Region: s3Region}); err != nil {
		t.Fatal(err)
	}
	return j
}

// run takes the steps of the main job; each is told when it has passed.
func (j *job) run() {
	large := strings.Repeat("許", 100)
	j.furnish("small", fewRows)
	j.furnish(large, manyRows)
	var id string
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"start", func() { j.get("/settings") }},
		{"the first report makes a bucket", func() { id = j.report("first", "small"); j.madeBucket() }},
		{"both files are right", func() { j.wantFiles("first", fewRows) }},
		{"a large file in parts", func() { j.report("large", large); j.wantFiles("large", manyRows) }},
		{"a page of a prefix", func() { j.want(j.get("/s3?prefix="+url.QueryEscape("Reports/")), "first", "large") }},
		{"download", func() { j.want(j.get("/usage-reports/"+id+"/latest.csv"), "report_id,usage_report_name") }},
		{"compare", func() { j.compare(id) }},
		{"test the connection", func() { j.want(j.post("/settings/s3/test", nil).Body, "The connection to "+j.bucket+" works.") }},
		{"an earlier attempt overwrites nothing", j.overtaken},
		{"no probe is left", j.noProbe},
	} {
		j.step = step.name
		step.do()
		j.t.Logf("passed: %s", step.name)
	}
}

// furnish creates a license with resources.
func (j *job) furnish(license string, resources int) {
	j.t.Helper()
	path := j.post("/self-managed-licenses", url.Values{"name": {license}, "counting_type": {"Core"}}).Path
	path, _, _ = strings.Cut(path, "?")
	j.licenses[license] = path[strings.LastIndexByte(path, '/')+1:]
	j.importRows(license, 0, resources)
}

// importRows adds resources from one number to another by the command line.
func (j *job) importRows(license string, from, to int) {
	j.t.Helper()
	var text strings.Builder
	text.WriteString("resource_id,resource_type,resource_owner_id,resource_status,cores\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&text, "i-%05x%012d,EC2_INSTANCE,012345678901,running,2\n", len(license), i)
	}
	path := filepath.Join(j.t.TempDir(), "resources.csv")
	write(j.t, path, text.String())
	command := exec.CommandContext(j.t.Context(), j.options.Program, "import", path, "--license", license, "--data-dir", j.options.DataDir)
	command.Env = append(os.Environ(), j.options.Env...)
	if output, err := command.CombinedOutput(); err != nil {
		j.t.Fatalf("import: %v\n%s", err, output)
	}
}

// report creates a report and waits until its files are published.
func (j *job) report(name, license string) (id string) {
	j.t.Helper()
	path := j.post("/usage-reports", url.Values{"name": {name}, "license": {j.licenses[license]}, "frequency": {"24h"}, "type": {"summary", "resource-usage"}}).Path
	path, _, _ = strings.Cut(path, "?")
	j.published(path, 2)
	return path[strings.LastIndexByte(path, '/')+1:]
}

// published waits until a report's page links to so many files.
func (j *job) published(path string, files int) {
	j.t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(path) + `/reports/[^"?]+`)
	await(j.t, path+" is published", func() bool {
		page := j.get(path)
		if failed := regexp.MustCompile(`[^>]*License Manager can’t [^<]*`).FindString(page); failed != "" {
			j.t.Fatalf("%s: %s", j.step, failed)
		}
		found := map[string]bool{}
		for _, address := range link.FindAllString(page, -1) {
			found[address] = true
		}
		return len(found) >= files
	})
}

// madeBucket finds the bucket and says which settings guard it.
func (j *job) madeBucket() {
	page := j.get("/settings")
	j.bucket = regexp.MustCompile(`aws-license-manager-service-[a-z0-9]+`).FindString(page)
	if j.bucket == "" {
		j.t.Fatalf("no bucket on %s", page)
	}
	for _, guard := range regexp.MustCompile(`(Public access block|Default encryption|TLS only): [^<]*`).FindAllString(page, -1) {
		j.t.Log(guard)
	}
}

// wantFiles reads both files of a report from S3.
func (j *job) wantFiles(report string, rows int) {
	j.t.Helper()
	keys, _, err := j.s3.Keys(j.t.Context(), j.bucket, "Reports/"+report+"/", "")
	if err != nil || len(keys) != 2 {
		j.t.Fatalf("keys %q, %v", keys, err)
	}
	consumed := map[bool]int64{}
	for _, key := range keys {
		body, o, err := j.s3.Get(j.t.Context(), j.bucket, key)
		if err != nil {
			j.t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		if err = errors.Join(err, body.Close()); err != nil || int64(len(text)) != o.Size {
			j.t.Fatalf("%d bytes of %d: %v", len(text), o.Size, err)
		}
		if o.ContentType != "text/csv; charset=utf-8" || o.Metadata["schema-version"] == "" || !strings.HasPrefix(o.Metadata["usage-report-arn"], "arn:aws:license-manager:"+region) {
			j.t.Errorf("%s: type %q, metadata %q", key, o.ContentType, o.Metadata)
		}
		summary := o.Metadata["report-type"] == "LicenseConfigurationSummaryReport" || strings.Contains(key, "-summary-")
		want := 1 + 1
		if !summary {
			want = rows + 1
		}
		records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil || len(records) != want {
			j.t.Fatalf("%s: %d records, want %d: %v", key, len(records), want, err)
		}
		for i, column := range records[0] {
			for _, record := range records[1:] {
				var n int64
				if _, err := fmt.Sscan(record[i], &n); column == "consumed_licenses" && err == nil {
					consumed[summary] += n
				}
			}
		}
	}
	if consumed[true] != int64(2*rows) || consumed[false] != consumed[true] {
		j.t.Errorf("consumed %v, want %d in both", consumed, 2*rows)
	}
}

// compare publishes once more after a change, and compares the two runs.
func (j *job) compare(id string) {
	j.importRows("small", fewRows, fewRows+1)
	j.post("/usage-reports/"+id+"/run", nil)
	j.published("/usage-reports/"+id, 4)
	added := fmt.Sprintf("i-%05x%012d", len("small"), fewRows)
	j.want(j.get("/usage-reports/"+id+"/compare"), added)
}

// overtaken has an attempt write what a later one has written.
func (j *job) overtaken() {
	put := func(attempt int, text string) error {
		_, err := j.s3.Put(j.t.Context(), j.bucket, "Reports/overtaken.csv", strings.NewReader(text), bucket.PutOptions{Writer: &bucket.Writer{Attempt: attempt, ID: "test"}})
		return err
	}
	if err := put(2, "later"); err != nil {
		j.t.Fatal(err)
	}
	switch err := put(1, "earlier"); {
	case err == nil:
		j.t.Log("the server knows no conditional writes: who comes last wins")
	case !errors.Is(err, bucket.ErrOvertaken):
		j.t.Error(err)
	}
}

func (j *job) noProbe() {
	keys, _, err := j.s3.Keys(j.t.Context(), j.bucket, "Reports/.connection-test/", "")
	if err != nil || len(keys) > 0 {
		j.t.Errorf("left %q, %v", keys, err)
	}
}

func (j *job) want(page string, texts ...string) {
	j.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			j.t.Fatalf("%s: no %q in:\n%s", j.step, text, page)
		}
	}
}

func (j *job) get(path string) string {
	j.t.Helper()
	answer, err := j.client.Get(j.t.Context(), path)
	if err != nil {
		j.t.Fatalf("%s: %v", j.step, err)
	}
	return answer.Body
}

func (j *job) post(path string, fields url.Values) browsertest.Answer {
	j.t.Helper()
	answer, err := j.client.Post(j.t.Context(), path, fields)
	if err != nil {
		j.t.Fatalf("%s: %v", j.step, err)
	}
	return answer
}
