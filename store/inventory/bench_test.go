package inventory_test

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
	file := resources(rows)
	databases := map[string]func(testing.TB) *store.Store{"sqlite": storetest.SQLite, "postgres": storetest.Postgres}
	for name, open := range databases {
		for _, again := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/again=%t", name, again), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					s := open(b)
					createLicense(b, s, usage.License{Name: "Oracle EE"})
					if again {
						importFile(b, s, file)
					}
					b.StartTimer()
					importFile(b, s, file)
				}
				b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// resources is a file like that of an inventory, not in the order of ids.
func resources(rows int) string {
	var file bytes.Buffer
	fmt.Fprintln(&file, strings.Join(usage.ImportColumns(), ","))
	for i := range rows {
		id, account, status := i*7919%rows, i*7919%50, []string{"running", "running", "stopped"}[i%3]
		fmt.Fprintf(&file, "i-%017x,EC2_INSTANCE,arn:aws:ec2:eu-west-1:%012d:instance/i-%017x,%s,%012d,eu-west-1,Linux/UNIX,m5.4xlarge,default,16,8,1,2,Oracle EE,\n",
			id, account, id, status, account)
	}
	return file.String()
}
