package usage_test

import (
	"errors"
	"fmt"
	"testing"

	"license-manager/store/usage"
)

func TestFieldErrors(t *testing.T) {
	t.Parallel()
	var errs usage.FieldErrors
	if errs.Err() != nil || errs.For("name") != "" {
		t.Errorf("no errors are %v", errs.Err())
	}
	errs.Add("name", "Name is required.")
	errs.Add("license", "Choose a self-managed license.")
	errs.Add("name", "Second.")
	if errs.For("name") != "Name is required." || errs.For("license") != "Choose a self-managed license." || errs.For("type") != "" {
		t.Errorf("errors %v", errs)
	}
	wrapped := fmt.Errorf("usage report: %w", errs.Err())
	if found := (usage.FieldErrors)(nil); !errors.As(wrapped, &found) || len(found) != 3 {
		t.Errorf("found %v in %v", found, wrapped)
	}
	if want := "name: Name is required. license: Choose a self-managed license. name: Second."; errs.Error() != want {
		t.Errorf("%q, want %q", errs.Error(), want)
	}
}
