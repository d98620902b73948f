package usage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	roles := []usage.Role{"", "root", usage.Viewer, usage.Editor, usage.Administrator}
	for i, has := range roles {
		for j, needed := range roles {
			if got, want := has.Allows(needed), j >= 2 && i >= j; got != want {
				t.Errorf("%q may do what needs %q: %v", has, needed, got)
			}
		}
	}
	var labels []string
	for _, role := range append(usage.Roles(), "root") {
		labels = append(labels, role.Label())
	}
	if diff := cmp.Diff([]string{"Viewer", "Editor", "Administrator", "Unknown"}, labels); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

func TestUserValidate(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"admin": "", "Zoë Müller": "", "a@b.example": "", strings.Repeat("é", 64): "",
		"": "User name is required.", " \t": "User name is required.", "\u3164\u200d": "User name is required.",
		strings.Repeat("é", 65): "User name must be 64 characters or fewer. You entered 65.",
		"a\nb":                  "User name has characters that can’t be shown. Use letters, numbers, and punctuation.",
		"a\u202eb":              "User name has characters that can’t be shown. Use letters, numbers, and punctuation.",
		"a\xff":                 "User name has characters that can’t be shown. Use letters, numbers, and punctuation.",
		" admin":                "User name can’t begin or end with a space.",
		"admin\u00a0":           "User name can’t begin or end with a space.",
	} {
		if got := (usage.User{Name: name, Role: usage.Viewer}).Validate().For("username"); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	for _, role := range []usage.Role{"", "root", "Viewer"} {
		want := usage.FieldErrors{{"role", "Choose a role."}}
		if diff := cmp.Diff(want, usage.User{Name: "a", Role: role}.Validate()); diff != "" {
			t.Errorf("role %q (-want +got):\n%s", role, diff)
		}
	}
}

func TestPasswordProblem(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		"12345678": "", "éééééééé": "", strings.Repeat("x", 256): "", "        ": "",
		"":                       "Password is required.",
		"1234567":                "Password must be 8 characters or more. You entered 7.",
		"éééé":                   "Password must be 8 characters or more. You entered 4.",
		strings.Repeat("é", 257): "Password must be 256 characters or fewer. You entered 257.",
	} {
		if got := usage.PasswordProblem(password); got != want {
			t.Errorf("%q: %q, want %q", password, got, want)
		}
	}
}
