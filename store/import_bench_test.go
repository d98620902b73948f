package store_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// BenchmarkImport imports a million resources into SQLite in turn with the
// import of the sqlite3 command line, of the same file into one table with the
// same indexed columns. Its ratio is the median of the speeds: 1 is as fast.
func BenchmarkImport(b *testing.B) {
	const rows = 1_000_000
	file := filepath.Join(b.TempDir(), "import.csv")
	writeInventory(b, file, rows)
	for b.Loop() {
		var ratios, ours []float64
		for range 5 {
			theirs, own := importByCommandLine(b, file), importByStore(b, file)
			ratios, ours = append(ratios, theirs.Seconds()/own.Seconds()), append(ours, rows/own.Seconds())
		}
		slices.Sort(ratios)
		slices.Sort(ours)
		b.ReportMetric(ratios[len(ratios)/2], "×sqlite3")
		b.ReportMetric(ours[len(ours)/2], "rows/s")
	}
}

// writeInventory writes a file like that of an inventory.
func writeInventory(b *testing.B, path string, rows int) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, strings.Join(usage.ImportColumns(), ","))
	for i := range rows {
		account, status := i*7919%50, []string{"running", "running", "stopped"}[i%3]
		fmt.Fprintf(w, "i-%017x,EC2_INSTANCE,arn:aws:ec2:eu-west-1:%012d:instance/i-%017x,%s,%012d,eu-west-1,Linux/UNIX,m5.4xlarge,default,16,8,1,2,Oracle EE,\n",
			i, account, i, status, account)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

func importByCommandLine(b *testing.B, file string) time.Duration {
	b.Helper()
	var table strings.Builder
	table.WriteString("CREATE TABLE resources (" + strings.Join(usage.ImportColumns(), ", ") + ", PRIMARY KEY (resource_id));")
	for i, columns := range []string{
		"resource_owner_id, resource_id", "resource_type, resource_id", "resource_status, resource_id", "license, resource_id", "resource_id, license",
	} {
		fmt.Fprintf(&table, "CREATE INDEX index_%d ON resources (%s);", i, columns)
	}
	db := filepath.Join(b.TempDir(), "sqlite3.db")
	started := time.Now()
	out, err := exec.CommandContext(b.Context(), "sqlite3", db, "-cmd", table.String(), ".import --csv --skip 1 "+file+" resources").CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return time.Since(started)
}

func importByStore(b *testing.B, file string) time.Duration {
	b.Helper()
	s := storetest.SQLite(b)
	if _, err := s.CreateLicense(b.Context(), by("admin", start()), usage.License{Name: "Oracle EE", CountingType: usage.CountVCPU}); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	started := time.Now()
	result, err := s.ImportFile(b.Context(), by("admin", start()), store.ImportSource{Name: "import.csv", File: f})
	if err != nil || result.New != result.Rows {
		b.Fatalf("%+v, %v", result, err)
	}
	return time.Since(started)
}
