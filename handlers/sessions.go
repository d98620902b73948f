package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Sessions signs users in and out, and creates the first one.
type Sessions struct {
	*Console
	passwords passwords
	throttle  *throttle
}

// NewSessions prepares the handlers; the counts of failed sign-ins are kept
// with them.
func NewSessions(c *Console) Sessions {
	return Sessions{Console: c, passwords: newPasswords(), throttle: newThrottle()}
}

// afterSignIn is where to go without a wish.
const afterSignIn = "/"

// SignInForm is GET /sign-in.
func (h Sessions) SignInForm(c echo.Context) error {
	next := localPath(c.QueryParam("next"), "")
	if CurrentUser(c).ID != 0 {
		return c.Redirect(http.StatusSeeOther, localPath(next, afterSignIn))
	}
	return h.signInPage(c, http.StatusOK, views.SignInPage{Next: next})
}

func (h Sessions) signInPage(c echo.Context, status int, p views.SignInPage) error {
	p.Page = h.BarePage(c)
	p.Title = "Sign in"
	if isReportDetails(p.Next) {
		p.Subtitle = "Continue to the usage report you opened."
	}
	ready, err := h.store.HasUsers(c.Request().Context())
	if err != nil {
		return err
	}
	if !ready {
		p.Subtitle = "There are no users yet. To create the first administrator, open the setup link in the log of License Manager."
	}
	return h.render(c, status, views.SignIn(p), nil)
}

func isReportDetails(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	id, ok := strings.CutPrefix(path, "/usage-reports/")
	return ok && usage.IsReportID(id)
}

// SignIn is POST /sign-in.
func (h Sessions) SignIn(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	p := views.SignInPage{Username: fields.Get("username"), Next: localPath(fields.Get("next"), ""), Draft: fields.Get("draft")}
	who := newAttempt(p.Username, c.RealIP())
	if !h.throttle.take(who, h.now()) {
		p.Problem, p.Advice = views.SignInLocked, "Try again in 5 minutes."
		return h.signInPage(c, http.StatusTooManyRequests, p)
	}
	user, err := h.verify(c, p.Username, fields.Get("password"))
	if err != nil {
		return err
	}
	if user.ID == 0 {
		p.Problem, p.Advice = views.SignInFailed, views.SignInFailedAdvice
		return h.signInPage(c, http.StatusUnprocessableEntity, p)
	}
	h.throttle.forgive(who)
	if err := h.begin(c, user); err != nil {
		return err
	}
	if h.putDraft(c, p.Next, p.Draft) {
		return h.redirect(c, p.Next, views.Flash{Kind: views.KindInfo, Title: "You’re signed in again.", Text: "What you entered hasn’t been saved yet."})
	}
	return h.redirect(c, localPath(p.Next, afterSignIn))
}

// verify returns the user whose name and password these are, else none. A name
// that nobody has takes as long as a wrong password.
func (h Sessions) verify(c echo.Context, name, password string) (usage.User, error) {
	ctx := c.Request().Context()
	user, err := h.store.UserByName(ctx, strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), "")))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return usage.User{}, err
	}
	ok, err := h.passwords.match(ctx, password, user.PasswordHash)
	if err != nil || !ok {
		return usage.User{}, err
	}
	return user, nil
}

// SignOut is POST /sign-out.
func (h Sessions) SignOut(c echo.Context) error {
	if err := h.sessions.Destroy(c.Request().Context()); err != nil {
		return err
	}
	return h.redirect(c, views.SignInPath)
}
