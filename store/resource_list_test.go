package store_test

import (
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
)

// The total is the same on every page, wherever it is counted.
func TestTotalOfResourcesOnEveryPage(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		file := "resource_id,resource_type,resource_owner_id,vcpus,license\n"
		for _, id := range []string{"i-1", "i-2", "i-3", "i-4"} {
			file += id + ",EC2_INSTANCE,012345678901,1," + l.ID + "\n"
		}
		file += "i-5,RDS,012345678901,1,\ni-6,RDS,210987654321,1," + l.ID + "\n"
		importFile(t, s, file)
		for name, c := range map[string]struct {
			query store.ResourceQuery
			want  int64
		}{
			"all":                       {store.ResourceQuery{}, 6},
			"of a license":              {store.ResourceQuery{LicenseID: l.ID}, 5},
			"of a license and a type":   {store.ResourceQuery{LicenseID: l.ID, Type: "EC2_INSTANCE"}, 4},
			"of a license and an owner": {store.ResourceQuery{LicenseID: l.ID, Account: "210987654321"}, 1},
			"without a license":         {store.ResourceQuery{LicenseID: "none"}, 1},
			"of nothing":                {store.ResourceQuery{Status: "lost"}, 0},
		} {
			for page := 1; page <= 5; page++ {
				q := c.query
				q.Page, q.Size = page, 2
				if _, total, err := s.Resources(t.Context(), q); err != nil || total != c.want {
					t.Errorf("%s, page %d: total %d, want %d, %v", name, page, total, c.want, err)
				}
			}
		}
	})
}
