package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func newUser(name string, role usage.Role) usage.User {
	return usage.User{Name: name, PasswordHash: "hash of " + name, Role: role}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx, act := t.Context(), by("root", start())
		if has, err := s.HasUsers(ctx); has || err != nil {
			t.Errorf("users in a new database: %v, %v", has, err)
		}
		made, err := s.CreateUser(ctx, act, newUser("Zoë", usage.Editor))
		if err != nil || made.ID == 0 {
			t.Fatalf("created %+v, %v", made, err)
		}
		for _, name := range []string{"Zoë", "ZOË", "zoe\u0308"} {
			if u, _, err := s.SignInUser(ctx, store.SignInKey(name), ""); err != nil || u.ID != made.ID || u.Name != "Zoë" || u.Role != usage.Editor {
				t.Errorf("by name %q: %+v, %v", name, u, err)
			}
		}
		if u, err := s.UserByID(ctx, made.ID); err != nil || u.PasswordHash != "hash of Zoë" || !u.CreatedAt.Equal(start().Truncate(time.Microsecond)) {
			t.Errorf("by id: %+v, %v", u, err)
		}
		if _, err := s.UserByID(ctx, made.ID+1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("unknown id: %v", err)
		}
		if u, _, err := s.SignInUser(ctx, store.SignInKey("zoe"), ""); u.ID != 0 || err != nil {
			t.Errorf("unknown name: %+v, %v", u, err)
		}
		for message, u := range map[string]usage.User{
			"A user named “zoë” already exists.": newUser("zoë", usage.Viewer),
			"User name is required.":             newUser("", usage.Viewer),
			"Choose a role.":                     newUser("bob", "king"),
		} {
			var wrong usage.FieldErrors
			if _, err := s.CreateUser(ctx, act, u); !errors.As(err, &wrong) || wrong[0].Message != message {
				t.Errorf("%+v: %v, want %q", u, err, message)
			}
		}
		if _, err := s.CreateUser(ctx, act, usage.User{Name: "bob", Role: usage.Viewer}); err == nil {
			t.Error("a user without a password was created")
		}
	})
}

func TestResetPasswordEndsSessions(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateUser(t.Context(), by("root", start()), newUser("ada", usage.Viewer))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ResetPassword(t.Context(), by("root", start()), "ADA", "new hash"); err != nil {
			t.Fatal(err)
		}
		if u, err := s.UserByID(t.Context(), made.ID); err != nil || u.PasswordHash != "new hash" || u.SessionEpoch != made.SessionEpoch+1 {
			t.Errorf("after reset: %+v, %v", u, err)
		}
		if err := s.ResetPassword(t.Context(), by("root", start()), "bob", "new hash"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("reset of nobody: %v", err)
		}
	})
}

func TestSetupLinkWorksOnce(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		check := func(token string, want bool) {
			t.Helper()
			if got, err := s.CheckSetupToken(ctx, token); got != want || err != nil {
				t.Errorf("token %q: %v, %v", token, got, err)
			}
		}
		check("", false)
		for _, token := range []string{"first", "second"} {
			if err := s.SetSetupToken(ctx, token); err != nil {
				t.Fatal(err)
			}
		}
		check("first", false)
		check("", false)
		check("second", true)
		if settings, err := s.Settings(ctx); err != nil || settings.SetupToken == "second" || len(settings.SetupToken) != 64 {
			t.Errorf("the settings hold %q, %v", settings.SetupToken, err)
		}
		if _, err := s.CreateFirstUser(ctx, by("ada", start()), newUser("", usage.Administrator)); err == nil {
			t.Error("a user without a name was created")
		}
		check("second", true) // a mistake in the form does not use the link up
		if _, err := s.CreateFirstUser(ctx, by("ada", start()), newUser("ada", usage.Administrator)); err != nil {
			t.Fatal(err)
		}
		check("second", false)
		if err := s.SetSetupToken(ctx, "third"); !errors.Is(err, store.ErrUsersExist) {
			t.Errorf("another link after the first start: %v", err)
		}
	})
}

func TestSetupLinkEndsWithAnyUser(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		if err := s.SetSetupToken(t.Context(), "token"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateUser(t.Context(), by("command line", start()), newUser("ada", usage.Administrator)); err != nil {
			t.Fatal(err)
		}
		if ok, err := s.CheckSetupToken(t.Context(), "token"); ok || err != nil {
			t.Errorf("the link after a user was added: %v, %v", ok, err)
		}
	})
}

func TestOneFirstUserOfManyAtOnce(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		const rivals = 8
		errs := make([]error, rivals)
		var all sync.WaitGroup
		for i := range rivals {
			all.Go(func() {
				_, errs[i] = s.CreateFirstUser(t.Context(), by("x", start()), newUser(string(rune('a'+i)), usage.Administrator))
			})
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, store.ErrUsersExist):
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d first users", won)
		}
	})
}

func TestChangePasswordEndsSessions(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateUser(t.Context(), by("root", start()), newUser("ada", usage.Viewer))
		if err != nil {
			t.Fatal(err)
		}
		changed, err := s.ChangePassword(t.Context(), by("ada", start()), made, "new hash")
		if err != nil || changed.PasswordHash != "new hash" || changed.SessionEpoch != made.SessionEpoch+1 {
			t.Errorf("changed: %+v, %v", changed, err)
		}
		if _, err := s.ChangePassword(t.Context(), by("ada", start()), made, "another"); !errors.Is(err, store.ErrStale) {
			t.Errorf("a change of a password that is no more: %v", err)
		}
	})
}

func TestTimeZoneOfAUser(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		made, err := s.CreateUser(t.Context(), by("root", start()), newUser("ada", usage.Viewer))
		if err != nil {
			t.Fatal(err)
		}
		for _, zone := range []string{"Asia/Kathmandu", ""} {
			if err := s.SetTimeZone(t.Context(), made.ID, zone); err != nil {
				t.Fatal(err)
			}
			if u, err := s.UserByID(t.Context(), made.ID); err != nil || u.TimeZone != zone {
				t.Errorf("zone %q is %q, %v", zone, u.TimeZone, err)
			}
		}
		var wrong usage.FieldErrors
		if err := s.SetTimeZone(t.Context(), made.ID, "Mars/Olympus"); !errors.As(err, &wrong) || wrong[0].Field != "time_zone" {
			t.Errorf("a zone that is none: %v", err)
		}
		if err := s.SetTimeZone(t.Context(), made.ID+1, "UTC"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("zone of nobody: %v", err)
		}
	})
}
