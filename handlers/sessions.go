package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

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
	user, wait, err := h.verify(c, p.Username, fields.Get("password"))
	switch {
	case err != nil:
		return err
	case wait > 0:
		p.Problem, p.Advice = views.SignInLocked, tryAgain(c, wait)
		return h.signInPage(c, http.StatusTooManyRequests, p)
	case user.ID == 0:
		p.Problem, p.Advice = views.SignInFailed, views.SignInFailedAdvice
		return h.signInPage(c, http.StatusUnprocessableEntity, p)
	}
	if err := h.begin(c, user); err != nil {
		return err
	}
	if h.putDraft(c, p.Next, p.Draft) {
		return h.redirect(c, p.Next, views.Flash{Kind: views.KindInfo, Title: "You’re signed in again.", Text: "What you entered hasn’t been saved yet."})
	}
	return h.redirect(c, localPath(p.Next, afterSignIn))
}

// verify returns the user whose name and password these are, else none; wait is
// how long no password is checked. A name that nobody has looks and takes like a
// wrong password.
func (h Sessions) verify(c echo.Context, name, password string) (user usage.User, wait time.Duration, err error) {
	ctx := c.Request().Context()
	who := attempt{name: store.SignInKey(name), network: NetworkOf(c.RealIP())}
	if user, who.familiar, err = h.store.SignInUser(ctx, who.name, who.network.String()); err != nil {
		return usage.User{}, 0, err
	}
	ok, wait, err := h.check(ctx, who, password, user.PasswordHash)
	if err != nil || wait > 0 {
		return usage.User{}, wait, err
	}
	act := usage.Act{From: c.RealIP(), At: h.now()}
	if !ok {
		h.recordFailure(ctx, act, user, h.throttle.locked(who, h.now()))
		return usage.User{}, 0, nil
	}
	act.By = user.Name
	return user, 0, h.store.RecordSignIn(ctx, act, user, who.network.String())
}

// check reports whether the password has that hash; wait is how long none is
// checked. An attempt counts before its check, so that many at once count too,
// and only then: who waits in vain for the check has not failed.
func (h Sessions) check(ctx context.Context, who attempt, password, hash string) (ok bool, wait time.Duration, err error) {
	if wait := h.throttle.locked(who, h.now()); wait > 0 {
		return false, wait, nil
	}
	leave, err := h.passwords.gate.Enter(ctx, who.network)
	if err != nil {
		return false, 0, err
	}
	defer leave()
	if wait := h.throttle.take(who, h.now()); wait > 0 {
		return false, wait, nil
	}
	if ok, err = h.passwords.match(password, hash); ok {
		h.throttle.forgive(who)
	}
	return ok, 0, err
}

// recordTimeout is how long a failed sign-in is tried to be recorded.
const recordTimeout = 5 * time.Second

// recordFailure records a failed sign-in of somebody who exists, beside the
// answer: how long that takes must not tell visitors who does. The throttle
// bounds how many there are. That one can't be recorded hinders nobody.
func (h Sessions) recordFailure(ctx context.Context, act usage.Act, user usage.User, locked time.Duration) {
	if user.ID == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	go func() {
		defer cancel()
		_ = h.store.RecordFailedSignIn(ctx, act, user, locked)
	}()
}

// tryAgain says when to try again, to people and to programs.
func tryAgain(c echo.Context, wait time.Duration) string {
	seconds := int64((wait + time.Second - 1) / time.Second)
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.FormatInt(seconds, 10))
	if seconds < 60 {
		return "Try again in " + views.Count(seconds, "second", "seconds") + "."
	}
	return "Try again in " + views.Count((seconds+59)/60, "minute", "minutes") + "."
}

// SignOut is POST /sign-out.
func (h Sessions) SignOut(c echo.Context) error {
	if err := h.sessions.Destroy(c.Request().Context()); err != nil {
		return err
	}
	return h.redirect(c, views.SignInPath)
}
