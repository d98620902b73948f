package browsertest_test

import (
	"path/filepath"
	"testing"

	"license-manager/store/storetest"
	"license-manager/web/browsertest"
)

// onPostgres is the short way through the product with that database.
func onPostgres(t *testing.T, s suite) {
	o := browsertest.Options{DataDir: filepath.Join(t.TempDir(), "data"), Database: new(storetest.Template).Postgres(t), Env: []string{accountID}}
	program := s.start(t, o)
	p := s.browse(t, program.URL)
	p.setUp(program.SetupURL)
	p.createLicense()
	p.importResources()
	report := p.createReport(reportName)
	p.awaitFiles(2)
	p.checkFiles(openBucket(t, program, o.DataDir), report)
}
