package browsertest_test

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"license-manager/scheduler/bucket/embedded"
	"license-manager/web/browsertest"
)

// bucket reads the files of the program as auditors do: with the AWS command
// line, the endpoint of the log and the keys in the data directory.
type bucket struct {
	endpoint    string
	credentials string
	name        string
}

// openBucket finds the one bucket of the embedded S3 server.
func openBucket(t *testing.T, program *browsertest.Process, dataDir string) bucket {
	t.Helper()
	return findBucket(t, program.S3URL, filepath.Join(dataDir, "s3-credentials"))
}

// findBucket finds the one bucket of an S3 server.
func findBucket(t *testing.T, endpoint, credentials string) bucket {
	t.Helper()
	b := bucket{endpoint: endpoint, credentials: credentials}
	lines := strings.Fields(b.aws(t, "s3", "ls")) // 2026-11-24 04:31:02 name
	if len(lines) != 3 || !strings.HasPrefix(lines[2], "aws-license-manager-service-") {
		t.Fatalf("aws s3 ls = %q, want one bucket aws-license-manager-service-…", lines)
	}
	b.name = lines[2]
	return b
}

// openS3 starts an S3 server whose files a test may replace, which the keys in a
// data directory do not allow. It returns its endpoint and the file of its keys.
func openS3(t *testing.T) (endpoint, credentials string) {
	t.Helper()
	dir := t.TempDir()
	files, err := embedded.Open(embedded.Options{
		Dir: filepath.Join(dir, "s3"), CredentialsFile: filepath.Join(dir, "s3-credentials"), Region: "us-east-1", Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	id, secret := files.Credentials()
	credentials = filepath.Join(dir, "all-credentials")
	if err := os.WriteFile(credentials, fmt.Appendf(nil, "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", id, secret), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(files.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL, credentials
}

// aws runs the AWS command line and returns what it prints.
func (b bucket) aws(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "aws", append(arguments, "--endpoint-url", b.endpoint)...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") {
			command.Env = append(command.Env, variable)
		}
	}
	command.Env = append(command.Env, "AWS_SHARED_CREDENTIALS_FILE="+b.credentials, "AWS_CONFIG_FILE="+os.DevNull)
	var problems strings.Builder
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(arguments, " "), err, problems.String())
	}
	return string(output)
}

// keys are those of all files in the bucket.
func (b bucket) keys(t *testing.T) []string {
	t.Helper()
	var keys []string
	for line := range strings.Lines(b.aws(t, "s3", "ls", "--recursive", "s3://"+b.name)) {
		fields := strings.SplitN(strings.TrimSpace(line), " Reports/", 2) // date, time, size, key
		if len(fields) != 2 {
			t.Fatalf("aws s3 ls printed %q, want a key under Reports/", line)
		}
		keys = append(keys, "Reports/"+fields[1])
	}
	return keys
}

// read returns the content of a file.
func (b bucket) read(t *testing.T, key string) string {
	t.Helper()
	return b.aws(t, "s3", "cp", "s3://"+b.name+"/"+key, "-")
}

// copyAll returns the content of all files by their keys.
func (b bucket) copyAll(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	b.aws(t, "s3", "cp", "--recursive", "--quiet", "s3://"+b.name, dir)
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// checkFiles opens the folder of a report by its link, down to the files, and
// compares what the browser downloads with what S3 clients read.
func (p *page) checkFiles(files bucket, report string) {
	p.t.Helper()
	keys := files.keys(p.t)
	if len(keys) != 2 {
		p.t.Fatalf("keys %q, want two", keys)
	}
	p.follow("s3://" + files.name + "/Reports/" + reportName + "/")
	for _, folder := range strings.Split(time.Now().UTC().Format("2006/01/02"), "/") {
		p.follow(folder + "/")
	}
	for _, key := range keys {
		name, content := p.download(path.Base(key))
		if name != path.Base(key) {
			p.t.Errorf("downloaded %s, want %s", name, path.Base(key))
		}
		if want := files.read(p.t, key); content != want {
			p.t.Errorf("%s: the browser has\n%s\nS3 has\n%s", key, content, want)
		} else if strings.Contains(key, "-resource-usage-") {
			p.checkUsage(content)
		}
	}
	p.open(report)
	for _, key := range keys {
		if _, content := p.downloadFile(path.Base(key)); content != files.read(p.t, key) {
			p.t.Errorf("%s: the history gives another file", key)
		}
	}
}
