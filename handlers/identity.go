package handlers

import (
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
)

const (
	sessionCookie = "license_manager_session"
	// userKey is where echo's context keeps the user of the request.
	userKey = "user"
	// requestKey is where it keeps the request without its session.
	requestKey = "request"
)

// Identify finds out who asks: it loads the session of the request and its
// user, whom CurrentUser returns then. It does so once per request. That
// nobody is signed in is no error.
func (h *Console) Identify(c echo.Context) error {
	if identified(c) {
		return nil
	}
	c.Set(requestKey, c.Request())
	if err := h.loadSession(c); err != nil {
		return err
	}
	user, err := h.sessionUser(c)
	if err != nil {
		return err
	}
	c.Set(userKey, user)
	return nil
}

// loadSession reads the session of the request, anew if it was read before.
func (h *Console) loadSession(c echo.Context) error {
	r, _ := c.Get(requestKey).(*http.Request)
	var token string
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		token = cookie.Value
	}
	ctx, err := h.sessions.Load(store.WatchSession(r.Context()), token)
	if err != nil {
		return err
	}
	c.SetRequest(r.WithContext(ctx))
	return nil
}

// sessionUser returns the user of the session, none if the session has ended
// for all sessions of that user.
func (h *Console) sessionUser(c echo.Context) (usage.User, error) {
	ctx := c.Request().Context()
	id := h.sessions.GetInt64(ctx, sessionUser)
	if id == 0 {
		return usage.User{}, nil
	}
	user, err := h.store.UserByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && user.SessionEpoch != h.sessions.GetInt64(ctx, sessionEpoch) {
		return usage.User{}, h.sessions.Destroy(ctx)
	}
	return user, err
}

// identified reports whether Identify has been there.
func identified(c echo.Context) bool { return c.Get(userKey) != nil }

// CurrentUser returns who is signed in; the zero User has no name and no role.
func CurrentUser(c echo.Context) usage.User {
	user, _ := c.Get(userKey).(usage.User)
	return user
}

// begin makes the user the one of this session, under a token that nobody
// knew before.
func (h *Console) begin(c echo.Context, user usage.User) error {
	ctx := c.Request().Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.Put(ctx, sessionUser, user.ID)
	h.sessions.Put(ctx, sessionEpoch, user.SessionEpoch)
	return nil
}

// commit stores a changed session and tells the browser. It comes before the
// first byte of the answer, so that a failure can still become an error page.
// It returns store.ErrStale, and changes nothing, if another request of the
// session was faster.
func (h *Console) commit(c echo.Context) error {
	if !identified(c) {
		return nil
	}
	ctx := c.Request().Context()
	switch h.sessions.Status(ctx) {
	case scs.Modified:
		token, expires, err := h.sessions.Commit(ctx)
		if err != nil {
			return err
		}
		h.setCookie(c, token, expires)
	case scs.Destroyed:
		h.setCookie(c, "", time.Unix(1, 0))
	case scs.Unmodified:
	}
	return nil
}

func (h *Console) setCookie(c echo.Context, token string, expires time.Time) {
	c.SetCookie(&http.Cookie{
		Name:     sessionCookie,
		Value:    token,
		Path:     "/",
		Expires:  expires,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   h.secure(c.Request()),
	})
}

// secure tells whether cookies of this request are for https only.
func (h *Console) secure(r *http.Request) bool { return h.options.HTTPS || r.TLS != nil }

// act says for the store who does what the request asks, from where and when.
func (h *Console) act(c echo.Context) usage.Act {
	return usage.Act{By: CurrentUser(c).Name, From: c.RealIP(), At: h.now()}
}
