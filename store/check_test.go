package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// checked checks all licenses and returns what was wrong, by name.
func checked(t *testing.T, s *store.Store, repair bool) map[string]store.LicenseCheck {
	t.Helper()
	wrong := map[string]store.LicenseCheck{}
	err := s.CheckLicenses(t.Context(), by("admin", start()), repair, func(c store.LicenseCheck) error {
		if !c.Right() {
			wrong[c.License.Name] = c
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return wrong
}

func TestCheckFindsAndRepairs(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		for _, name := range []string{"counters", "lines", "none", "right"} {
			createLicense(t, s, name)
		}
		for i, name := range []string{"counters", "lines", "right"} {
			importFile(t, s, instances(2000*i, 700, name))
		}
		if wrong := checked(t, s, false); len(wrong) > 0 {
			t.Fatalf("wrong before anything was: %+v", wrong)
		}
		write, _, _ := s.Pools()
		for _, damage := range []string{
			"UPDATE license_counters SET consumed = consumed + 5 WHERE license_id = (SELECT id FROM licenses WHERE name = 'counters')",
			"UPDATE resources SET region = 'moved' WHERE id IN ('i-02000', 'i-02699')",
			"INSERT INTO license_counters SELECT id, 'RDS', 1, 1 FROM licenses WHERE name = 'none'",
		} {
			if err := write.Exec(damage).Error; err != nil {
				t.Fatal(err)
			}
		}
		wrong := checked(t, s, false)
		if len(wrong) != 3 || wrong["lines"].WrongLines != 2 || wrong["lines"].Example != "i-02000" {
			t.Errorf("found %+v", wrong)
		}
		want := usage.Consumption{usage.EC2Instance: {Associated: 700, Consumed: 700}}
		if c := wrong["counters"]; c.WrongLines != 0 || !cmp.Equal(c.Counted, want) || c.Stored.Consumed() != 705 {
			t.Errorf("counters: %+v", c)
		}
		if again := checked(t, s, true); !cmp.Equal(again, wrong) {
			t.Errorf("repaired (-found before +repaired):\n%s", cmp.Diff(wrong, again))
		}
		if left := checked(t, s, false); len(left) > 0 {
			t.Errorf("wrong after the repair: %+v", left)
		}
	})
}
