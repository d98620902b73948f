package store_test

import (
	"errors"
	"fmt"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func TestResourceTakesTenLicensesHoweverManyComeAtOnce(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		stores := []*store.Store{storetest.Open(t, address), storetest.Open(t, address), storetest.Open(t, address)}
		importFile(t, stores[0], instances(0, 2, ""))
		ids := []string{"i-00000", "i-00001"}
		var calls []func() error
		for i := range 14 {
			l := createLicense(t, stores[0], fmt.Sprintf("license %d", i))
			order := []string{ids[i%2], ids[1-i%2]}
			calls = append(calls, func() error {
				_, err := stores[i%3].Associate(t.Context(), by("editor", start()), l.ID, order)
				return err
			})
		}
		associated := 0
		for _, err := range together(calls...) {
			var refused usage.FieldErrors
			switch {
			case err == nil:
				associated++
			case !errors.As(err, &refused):
				t.Error(err)
			}
		}
		for _, id := range ids {
			uses, err := stores[0].ResourceLicenses(t.Context(), id)
			if err != nil || len(uses) != usage.MaxLicensesPerResource || associated != usage.MaxLicensesPerResource {
				t.Errorf("%s uses %d licenses, %d calls went well, %v", id, len(uses), associated, err)
			}
		}
		if wrong := checked(t, stores[0], false); len(wrong) > 0 {
			t.Errorf("wrong: %+v", wrong)
		}
	})
}

// Whoever comes first: what uses a license is there with it, or neither is.
func TestLicenseIsNotDeletedUnderWhatUsesIt(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, other := storetest.Open(t, address), storetest.Open(t, address)
		importFile(t, s, instances(0, 1, ""))
		for round := range 12 {
			l := createLicense(t, s, fmt.Sprintf("license %d", round))
			remove := func() error { return other.DeleteLicense(t.Context(), by("admin", start()), l.ID) }
			use := func() error {
				_, err := s.Associate(t.Context(), by("editor", start()), l.ID, []string{"i-00000"})
				return err
			}
			switch round % 3 {
			case 1:
				use = func() error {
					_, err := s.CreateReport(t.Context(), by("editor", start()), usage.Report{
						Name: l.Name, LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours,
					})
					return err
				}
			case 2:
				changed := l
				changed.Description = "For the audit."
				use = func() error { return s.UpdateLicense(t.Context(), by("editor", start()), changed) }
			}
			errs := together(use, remove)
			_, err := s.License(t.Context(), l.ID)
			gone := errors.Is(err, store.ErrNotFound)
			var refused usage.FieldErrors
			switch {
			case gone && errs[0] != nil && !errors.As(errs[0], &refused) && !errors.Is(errs[0], store.ErrNotFound):
				t.Errorf("use of a deleted license: %v", errs[0])
			case gone && errs[0] == nil && round%3 != 2, !gone && errs[0] != nil, !gone && !errors.Is(errs[1], store.ErrInUse):
				t.Errorf("round %d: gone %v, use %v, delete %v", round, gone, errs[0], errs[1])
			}
			if !gone && round%3 == 0 {
				if _, err := s.Disassociate(t.Context(), by("editor", start()), l.ID, []string{"i-00000"}); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
