package store_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"license-manager/store"
	"license-manager/store/inventory"
)

const importHeader = "resource_id,resource_type,resource_owner_id,resource_status,vcpus,license,consumed_licenses\n"

// importFile imports as the command line does.
func importFile(t testing.TB, s *store.Store, file string) inventory.Import {
	t.Helper()
	im := inventory.New(s, inventory.Options{Now: start})
	result, err := im.ImportFile(t.Context(), by("admin", start()), inventory.Source{Name: "test.csv"}, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// instances is a file of running instances with a vCPU each.
func instances(first, n int, license string) string {
	var file strings.Builder
	file.WriteString(importHeader)
	for i := range n {
		fmt.Fprintf(&file, "i-%05d,EC2_INSTANCE,123456789012,running,1,%s,\n", first+i, license)
	}
	return file.String()
}

// together runs all at once and returns their errors.
func together(all ...func() error) []error {
	errs := make([]error, len(all))
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for i, fn := range all {
		wg.Go(func() {
			<-begin
			errs[i] = fn()
		})
	}
	close(begin)
	wg.Wait()
	return errs
}
