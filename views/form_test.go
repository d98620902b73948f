package views

import "testing"

func TestFieldErrors(t *testing.T) {
	t.Parallel()
	var errs FieldErrors
	if errs.Of("name") != "" || errs.First("name") || errs.Fields() != 0 {
		t.Error("the zero value has errors")
	}
	errs.Add("name", "Name", "Name is required.")
	if got := errs.Summary("The usage report wasn’t created."); got != "The usage report wasn’t created. Fix 1 field." {
		t.Errorf("Summary = %q", got)
	}
	errs.Add("name", "Name", "A second problem.")
	errs.Add("type", "Report types", "Choose at least one report type.")
	if got := errs.Of("name"); got != "Name is required." {
		t.Errorf("Of = %q, want the first message", got)
	}
	if !errs.First("name") || errs.First("type") {
		t.Error("First is not the first field")
	}
	if got := errs.Summary("Nothing was saved."); got != "Nothing was saved. Fix 2 fields." {
		t.Errorf("Summary = %q", got)
	}
}
