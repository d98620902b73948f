package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx, now := t.Context(), start()
		sessions := s.Sessions(func() time.Time { return now })
		find := func(token, want string) {
			t.Helper()
			data, found, err := sessions.FindCtx(ctx, token)
			if err != nil || found != (want != "") || string(data) != want {
				t.Errorf("session %q: %q, %v, %v", token, data, found, err)
			}
		}
		commit := func(token, data string, lifetime time.Duration) {
			t.Helper()
			if err := sessions.CommitCtx(ctx, token, []byte(data), now.Add(lifetime)); err != nil {
				t.Fatal(err)
			}
		}
		find("long", "")
		commit("long", "1", 2*time.Hour)
		commit("long", "2\x00", 2*time.Hour)
		commit("short", "3", time.Hour)
		commit("ended", "4", time.Hour)
		find("long", "2\x00")
		find("short", "3")
		for range 2 {
			if err := sessions.DeleteCtx(ctx, "ended"); err != nil {
				t.Fatal(err)
			}
		}
		find("ended", "")

		now = now.Add(time.Hour)
		find("short", "")
		find("long", "2\x00")
		if err := sessions.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		now = start()
		find("short", "") // swept, not only expired
		find("long", "2\x00")
	})
}

func TestSessionChangesOfAnotherRequestStay(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		sessions := s.Sessions(start)
		ends := start().Add(time.Hour)
		if err := sessions.CommitCtx(t.Context(), "token", []byte("0"), ends); err != nil {
			t.Fatal(err)
		}
		request := func() context.Context {
			ctx := store.WatchSession(t.Context())
			if _, found, err := sessions.FindCtx(ctx, "token"); err != nil || !found {
				t.Fatal(found, err)
			}
			return ctx
		}
		first, second, ended := request(), request(), request()
		if err := sessions.CommitCtx(first, "token", []byte("1"), ends); err != nil {
			t.Error("the first change:", err)
		}
		if err := sessions.CommitCtx(second, "token", []byte("2"), ends); !errors.Is(err, store.ErrStale) {
			t.Error("the second change of what is no longer there:", err)
		}
		if data, _, err := sessions.FindCtx(t.Context(), "token"); string(data) != "1" || err != nil {
			t.Errorf("then: %q, %v", data, err)
		}
		if err := sessions.CommitCtx(second, "renewed", []byte("2"), ends); err != nil {
			t.Error("under another token:", err)
		}
		if err := sessions.DeleteCtx(t.Context(), "token"); err != nil {
			t.Fatal(err)
		}
		if err := sessions.CommitCtx(ended, "token", []byte("3"), ends); !errors.Is(err, store.ErrStale) {
			t.Error("a session that has ended came back:", err)
		}
	})
}
