package browsertest_test

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"license-manager/store/usage"
	"license-manager/web/browsertest"
)

// largeRows is how many resources a large report has: 50 MB.
const largeRows = 300_000

// largeComparison compares two files that together are larger than the
// program may become.
func largeComparison(t *testing.T, s suite) {
	endpoint, credentials := openS3(t)
	const keepNoGarbage = "GOGC=50" // it is of no interest here how much of it may wait while there is room
	program := s.start(t, browsertest.Options{DataDir: filepath.Join(t.TempDir(), "data"), Env: []string{
		adminPassword, accountID, keepNoGarbage, "LICENSE_MANAGER_S3=" + endpoint, "AWS_SHARED_CREDENTIALS_FILE=" + credentials, "AWS_CONFIG_FILE=" + os.DevNull,
	}})
	client := signedIn(t, program)
	license := submit(t, client, "/self-managed-licenses", url.Values{"name": {licenseName}, "counting_type": {"Core"}})
	report := submit(t, client, "/usage-reports", url.Values{
		"name": {reportName}, "license": {license[strings.LastIndexByte(license, '/')+1:]}, "frequency": {"24h"}, "type": {"resource-usage"},
	})
	awaitReport(t, client, report)
	for range 2 {
		submit(t, client, report+"/run", nil)
		awaitReport(t, client, report)
	}
	files := findBucket(t, endpoint, credentials)
	keys := files.keys(t)
	keys = []string{keys[0], keys[2]} // nothing has counted yet how these differ, which are replaced now
	for i, key := range keys {
		path := filepath.Join(t.TempDir(), "report.csv")
		writeLarge(t, path, 1000*i, i)
		files.aws(t, "s3", "cp", "--quiet", path, "s3://"+files.name+"/"+key)
	}
	query := "?b=" + runOfKey(keys[0]) + "&a=" + runOfKey(keys[1])
	before := peakMemory(t, program)
	for address, want := range map[string][]string{
		"/compare" + query:                         {"<dd>1,000</dd>", "<dd>99,666</dd>", "199,334 resources are the same in both."},
		"/compare" + query + "&page=4000":          {">i-000000297927<", "<td data-label=\"To\">running0</td>"},
		"/compare.csv" + query + "&change=removed": {"\nremoved,i-000000300999,EC2_INSTANCE,consumed_licenses,1,\n"},
	} {
		begin := time.Now()
		answer, err := client.Get(t.Context(), report+address)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s took %v", address, time.Since(begin).Round(time.Millisecond))
		for _, text := range want {
			if !strings.Contains(strings.ReplaceAll(answer.Body, " </dd>", "</dd>"), text) {
				t.Errorf("%s has no %q", address, text)
			}
		}
	}
	const limit = 24 << 20
	if grown := peakMemory(t, program) - before; grown > limit {
		t.Errorf("the program grew by %d KB", grown>>10)
	}
}

// writeLarge writes a resource usage report; of every third resource it tells
// another status in each variant.
func writeLarge(t *testing.T, path string, first, variant int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	_, _ = w.Write(usage.ResourceUsageHeader())
	for i := first; i < first+largeRows; i++ {
		status := "running"
		if i%3 == 0 {
			status += fmt.Sprint(variant)
		}
		fmt.Fprintf(w, "id,%s,2026-11-23T13:02:00Z,arn:aws:license-manager:us-east-1:012345678901:license-configuration:lic-0,lic-0,%s,Core,,i-%012d,EC2_INSTANCE,%s,012345678901,us-east-1,Linux,m5.large,1,2026-11-23T13:02:00Z\n",
			reportName, licenseName, i, status)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// runOfKey is the run in the name of a file.
func runOfKey(key string) string {
	name := strings.TrimSuffix(key, ".csv")
	return name[strings.LastIndexByte(name, '-')+1:]
}

// peakMemory is the largest resident size that the program has had, in bytes.
func peakMemory(t *testing.T, program *browsertest.Process) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", program.PID()))
	if err != nil {
		t.Fatal(err)
	}
	var kilobytes int64
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(peak, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
