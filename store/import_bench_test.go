package store_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// BenchmarkImport imports resources that are not tracked yet, and then once
// more, when all are as in the file.
func BenchmarkImport(b *testing.B) {
	const rows = 100_000
	file := inventory(rows)
	databases := map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres}
	for name, open := range databases {
		for _, again := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/again=%t", name, again), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					s := open(b)
					if _, err := s.CreateLicense(b.Context(), by("admin", start()), usage.License{Name: "Oracle EE", CountingType: usage.CountVCPU}); err != nil {
						b.Fatal(err)
					}
					if again {
						importInventory(b, s, file)
					}
					b.StartTimer()
					importInventory(b, s, file)
				}
				b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

func importInventory(b *testing.B, s *store.Store, file []byte) {
	b.Helper()
	result, err := s.ImportFile(b.Context(), by("admin", start()), store.ImportSource{Name: "import.csv", File: bytes.NewReader(file)})
	if err != nil || result.New+result.Unchanged != result.Rows {
		b.Fatalf("%+v, %v", result, err)
	}
}

// inventory is a file like that of an inventory, not in the order of ids.
func inventory(rows int) []byte {
	var file bytes.Buffer
	fmt.Fprintln(&file, strings.Join(usage.ImportColumns(), ","))
	for i := range rows {
		id, account, status := i*7919%rows, i*7919%50, []string{"running", "running", "stopped"}[i%3]
		fmt.Fprintf(&file, "i-%017x,EC2_INSTANCE,arn:aws:ec2:eu-west-1:%012d:instance/i-%017x,%s,%012d,eu-west-1,Linux/UNIX,m5.4xlarge,default,16,8,1,2,Oracle EE,\n",
			id, account, id, status, account)
	}
	return file.Bytes()
}
