package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Account answers for what users set for themselves. It checks passwords as
// the sign-in does, and shares its bounds.
type Account struct{ Sessions }

// PreferencesForm is GET /preferences.
func (h Account) PreferencesForm(c echo.Context) error {
	p := views.PreferencesPage{TimeZone: CurrentUser(c).TimeZone, Next: localPath(c.QueryParam("next"), "")}
	return h.preferences(c, http.StatusOK, p)
}

func (h Account) preferences(c echo.Context, status int, p views.PreferencesPage) (err error) {
	if p.Page, err = h.Page(c, "Preferences", "", views.Crumb{Label: "Preferences"}); err != nil {
		return err
	}
	p.Default = h.options.Zone
	return h.render(c, status, views.Preferences(p), nil)
}

// SavePreferences is POST /preferences.
func (h Account) SavePreferences(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	p := views.PreferencesPage{TimeZone: fields.Get("time_zone"), Next: localPath(fields.Get("next"), "")}
	err = h.store.SetTimeZone(c.Request().Context(), CurrentUser(c).ID, p.TimeZone)
	var wrong usage.FieldErrors
	if errors.As(err, &wrong) {
		p.Errors = labels{"time_zone": "Time zone"}.fieldErrors(wrong)
		return h.preferences(c, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	clock := views.Clock{Now: h.now(), Zone: h.zones.of(p.TimeZone, h.options.Zone)}
	return h.redirect(c, localPath(p.Next, views.PreferencesPath), views.PreferencesSaved(clock))
}

// PasswordForm is GET /password.
func (h Account) PasswordForm(c echo.Context) error {
	return h.passwordPage(c, http.StatusOK, nil)
}

func (h Account) passwordPage(c echo.Context, status int, errs views.FieldErrors) (err error) {
	p := views.PasswordPage{PasswordRule: usage.PasswordRule, Errors: errs}
	if p.Page, err = h.Page(c, "Change password", "", views.Crumb{Label: "Change password"}); err != nil {
		return err
	}
	return h.render(c, status, views.Password(p), nil)
}

// ChangePassword is POST /password. All other sessions of the user end.
func (h Account) ChangePassword(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	status, wrong, err := h.checkPasswords(c, fields.Get("current_password"), fields.Get("new_password"), fields.Get("repeated_password"))
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.passwordPage(c, status, wrong)
	}
	hash, err := h.passwords.hash(c.Request().Context(), NetworkOf(c.RealIP()), fields.Get("new_password"))
	if err != nil {
		return err
	}
	user, err := h.store.ChangePassword(c.Request().Context(), h.act(c), CurrentUser(c), hash)
	if errors.Is(err, store.ErrStale) {
		wrong.Add("current_password", views.CurrentPassword, "The password was changed somewhere else at the same time. Enter the new one.")
		return h.passwordPage(c, http.StatusConflict, wrong)
	}
	if err != nil {
		return err
	}
	if err := h.begin(c, user); err != nil {
		return err
	}
	return h.redirect(c, "/", views.Flash{Kind: views.KindSuccess, Title: "Successfully changed your password.", Text: "All your other sessions have ended."})
}

// checkPasswords judges the new password first, since checking the current one
// takes time and counts as an attempt to sign in.
func (h Account) checkPasswords(c echo.Context, current, changed, repeated string) (status int, wrong views.FieldErrors, err error) {
	wrong = newPasswordErrors(current, changed, repeated)
	if len(wrong) > 0 {
		return http.StatusUnprocessableEntity, wrong, nil
	}
	user := CurrentUser(c)
	who := attempt{name: user.NameKey, network: NetworkOf(c.RealIP()), familiar: true}
	ok, wait, err := h.check(c.Request().Context(), who, current, user.PasswordHash)
	switch {
	case err != nil:
		return 0, nil, err
	case wait > 0:
		wrong.Add("current_password", views.CurrentPassword, views.SignInLocked+" "+tryAgain(c, wait))
		return http.StatusTooManyRequests, wrong, nil
	case !ok:
		wrong.Add("current_password", views.CurrentPassword, "This isn’t your current password.")
		return http.StatusUnprocessableEntity, wrong, nil
	}
	return 0, nil, nil
}

func newPasswordErrors(current, changed, repeated string) views.FieldErrors {
	var wrong views.FieldErrors
	if current == "" {
		wrong.Add("current_password", views.CurrentPassword, "Enter your current password.")
	}
	problem := usage.PasswordProblem(changed)
	if problem == "" && changed == current {
		problem = "Enter a password that differs from the current one."
	}
	if problem != "" {
		wrong.Add("new_password", views.NewPassword, problem)
	}
	if changed != repeated {
		wrong.Add("repeated_password", views.RepeatedPassword, "The passwords don’t match.")
	}
	return wrong
}
