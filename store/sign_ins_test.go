package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// FuzzSignInKey types the same name in other ways.
func FuzzSignInKey(f *testing.F) {
	for _, name := range []string{"admin", " admin", "adm\x00in", "Zoë", "zoe\u0308", "a\xffb", "\u2000x", "ſtraße", "\u212a", "İ", "\u1e9e", "\u0345\u0301"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		key := store.SignInKey(typed)
		if key == "" {
			return
		}
		for _, other := range []string{" " + typed, typed + "\u00a0", norm.NFD.String(typed), norm.NFC.String(typed)} {
			if got := store.SignInKey(other); got != key {
				t.Errorf("%q has the key %q, %q the key %q", typed, key, other, got)
			}
		}
	})
}

func TestNetworksOfSignIns(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ada, err := s.CreateUser(t.Context(), by("root", start()), newUser("ada", usage.Viewer))
		if err != nil {
			t.Fatal(err)
		}
		bob, err := s.CreateUser(t.Context(), by("root", start()), newUser("bob", usage.Viewer))
		if err != nil {
			t.Fatal(err)
		}
		familiar := func(u usage.User, network string) bool {
			t.Helper()
			found, familiar, err := s.SignInUser(t.Context(), u.NameKey, network)
			if err != nil || found.ID != u.ID || found.PasswordHash != u.PasswordHash {
				t.Errorf("%+v, %v", found, err)
			}
			return familiar
		}
		for i := range 25 {
			for range 2 {
				act := by("ada", start().Add(time.Duration(i)*time.Hour))
				if err := s.RecordSignIn(t.Context(), act, ada, fmt.Sprintf("192.0.2.%d/32", i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i := range 25 {
			network := fmt.Sprintf("192.0.2.%d/32", i)
			if got, want := familiar(ada, network), i >= 5; got != want {
				t.Errorf("%s is familiar: %v", network, got)
			}
			if familiar(bob, network) {
				t.Errorf("%s is familiar to somebody else", network)
			}
		}
	})
}

func TestSignInsAreRecorded(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ada, err := s.CreateUser(t.Context(), by("root", start()), newUser("ada", usage.Viewer))
		if err != nil {
			t.Fatal(err)
		}
		visitor := usage.Act{From: "192.0.2.1", At: start()}
		for _, locked := range []time.Duration{0, 5 * time.Minute} {
			if err := s.RecordFailedSignIn(t.Context(), visitor, ada, locked); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.RecordSignIn(t.Context(), usage.Act{By: "ada", From: "192.0.2.1", At: start()}, ada, "192.0.2.1/32"); err != nil {
			t.Fatal(err)
		}
		_, read, _ := s.Pools()
		var rows []usage.Activity
		if err := read.Raw("SELECT actor, address, action, noun, name, detail FROM activities WHERE action <> 'created' ORDER BY id").Scan(&rows).Error; err != nil {
			t.Fatal(err)
		}
		want := []usage.Activity{
			{Address: "192.0.2.1", Action: "failed to sign in as", Noun: "user", Name: "ada"},
			{Address: "192.0.2.1", Action: "failed to sign in as", Noun: "user", Name: "ada", Detail: "locked for 5m0s"},
			{Actor: "ada", Address: "192.0.2.1", Action: "signed in", Noun: "user", Name: "ada"},
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
	})
}
