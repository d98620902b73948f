package handlers

import (
	"context"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"license-manager/store/usage"
	"license-manager/views"
)

// Account answers for what users set for themselves. It checks passwords as
// the sign-in does, and shares its bounds.
type Account struct{ Sessions }

// PreferencesForm is GET /preferences.
func (h Account) PreferencesForm(c echo.Context) error {
	p := views.PreferencesPage{TimeZone: CurrentUser(c).TimeZone, Next: localPath(c.QueryParam("next"), "")}
	return h.open(c, h.preferences(c, p))
}

// SavePreferences is POST /preferences.
func (h Account) SavePreferences(c echo.Context) error {
	return h.submit(c, h.preferences(c, views.PreferencesPage{}))
}

// preferences is the form of what readers choose for themselves.
func (h Account) preferences(c echo.Context, p views.PreferencesPage) submission {
	return submission{
		read: func(fields url.Values) {
			p.TimeZone, p.Next = fields.Get("time_zone"), localPath(fields.Get("next"), "")
		},
		save: func(ctx context.Context) (string, views.Flash, error) {
			if err := h.store.SetTimeZone(ctx, CurrentUser(c).ID, p.TimeZone); err != nil {
				return "", views.Flash{}, err
			}
			clock := views.Clock{Now: h.now(), Zone: h.zones.of(p.TimeZone, h.options.Zone)}
			return localPath(p.Next, views.PreferencesPath), views.PreferencesSaved(clock), nil
		},
		show: func(status int, wrong usage.FieldErrors) (err error) {
			p.Errors = views.NewFieldErrors(wrong, views.Field{ID: "time_zone", Label: "Time zone"})
			if p.Page, err = h.Page(c, "Preferences", "", views.Crumb{Label: "Preferences"}); err != nil {
				return err
			}
			p.Default = h.options.Zone
			return h.render(c, status, views.Preferences(p), nil)
		},
	}
}

// PasswordForm is GET /password.
func (h Account) PasswordForm(c echo.Context) error { return h.open(c, h.passwordForm(c)) }

// ChangePassword is POST /password. All other sessions of the user end.
func (h Account) ChangePassword(c echo.Context) error { return h.submit(c, h.passwordForm(c)) }

// passwordForm is the form that changes the user's own password. Passwords are
// never sent back to the browser.
func (h Account) passwordForm(c echo.Context) submission {
	var typed passwordChange
	locked := false
	return submission{
		read: func(fields url.Values) {
			typed = passwordChange{fields.Get("current_password"), fields.Get("new_password"), fields.Get("repeated_password")}
		},
		save: func(ctx context.Context) (_ string, done views.Flash, err error) {
			if locked, err = h.checkPasswords(c, typed); err != nil {
				return "", done, err
			}
			hash, err := h.passwords.hash(ctx, NetworkOf(c.RealIP()), typed.changed)
			if err != nil {
				return "", done, err
			}
			user, err := h.store.ChangePassword(ctx, h.act(c), CurrentUser(c), hash)
			if err != nil {
				return "", done, err
			}
			done = views.Flash{Kind: views.KindSuccess, Title: "Successfully changed your password.", Text: "All your other sessions have ended."}
			return "/", done, h.begin(c, user)
		},
		reload: func(context.Context) error { return nil },
		show: func(status int, wrong usage.FieldErrors) (err error) {
			switch {
			case locked:
				status = http.StatusTooManyRequests
			case status == http.StatusConflict:
				wrong.Add("current_password", "The password was changed somewhere else at the same time. Enter the new one.")
			}
			p := views.PasswordPage{PasswordRule: usage.PasswordRule, Errors: views.NewFieldErrors(wrong, views.Field{ID: "current_password", Label: views.CurrentPassword},
				views.Field{ID: "new_password", Label: views.NewPassword}, views.Field{ID: "repeated_password", Label: views.RepeatedPassword})}
			if p.Page, err = h.Page(c, "Change password", "", views.Crumb{Label: "Change password"}); err != nil {
				return err
			}
			return h.render(c, status, views.Password(p), nil)
		},
	}
}

// passwordChange is what was typed to change a password.
type passwordChange struct{ current, changed, repeated string }

// checkPasswords returns what is wrong as usage.FieldErrors. It looks at the
// new password first, since checking the current one takes time and counts as
// an attempt to sign in. Locked means that there were too many of these.
func (h Account) checkPasswords(c echo.Context, p passwordChange) (locked bool, err error) {
	if wrong := p.problems(); len(wrong) > 0 {
		return false, wrong
	}
	user := CurrentUser(c)
	who := attempt{name: user.NameKey, network: NetworkOf(c.RealIP()), familiar: true}
	ok, wait, err := h.check(c.Request().Context(), who, p.current, user.PasswordHash)
	switch {
	case err != nil:
		return false, err
	case wait > 0:
		return true, usage.FieldErrors{{Field: "current_password", Message: views.SignInLocked + " " + tryAgain(c, wait)}}
	case !ok:
		return false, usage.FieldErrors{{Field: "current_password", Message: "This isn’t your current password."}}
	}
	return false, nil
}

// problems are what is wrong with the passwords before the current one is
// compared.
func (p passwordChange) problems() usage.FieldErrors {
	var wrong usage.FieldErrors
	if p.current == "" {
		wrong.Add("current_password", "Enter your current password.")
	}
	problem := usage.PasswordProblem(p.changed)
	if problem == "" && p.changed == p.current {
		problem = "Enter a password that differs from the current one."
	}
	if problem != "" {
		wrong.Add("new_password", problem)
	}
	if p.changed != p.repeated {
		wrong.Add("repeated_password", "The passwords don’t match.")
	}
	return wrong
}
