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

// SetupForm is GET /setup, the one-time link of the first start.
func (h Sessions) SetupForm(c echo.Context) error {
	token := c.QueryParam("token")
	if err := h.checkSetup(c, token); err != nil {
		return err
	}
	return h.setupPage(c, http.StatusOK, views.SetupPage{Token: token})
}

func (h Sessions) setupPage(c echo.Context, status int, p views.SetupPage) error {
	p.Page = h.BarePage(c)
	p.Title, p.PasswordRule = "Create administrator", usage.PasswordRule
	return h.render(c, status, views.Setup(p), nil)
}

// checkSetup lets only the newest setup link through.
func (h Sessions) checkSetup(c echo.Context, token string) error {
	ok, err := h.store.CheckSetupToken(c.Request().Context(), token)
	if err == nil && !ok {
		err = ErrSetupLink
	}
	return err
}

// Setup is POST /setup: it creates the first administrator and signs in.
func (h Sessions) Setup(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	p := views.SetupPage{Token: fields.Get("token"), Username: fields.Get("username")}
	if err := h.checkSetup(c, p.Token); err != nil {
		return err
	}
	user, err := h.createFirst(c, p.Username, fields.Get("password"))
	var wrong usage.FieldErrors
	switch {
	case errors.As(err, &wrong):
		p.Errors = labels{"username": "User name", "password": "Password"}.fieldErrors(wrong)
		return h.setupPage(c, http.StatusUnprocessableEntity, p)
	case errors.Is(err, store.ErrUsersExist):
		return ErrSetupLink
	case err != nil:
		return err
	}
	if err := h.begin(c, user); err != nil {
		return err
	}
	return h.redirect(c, afterSignIn, views.Flash{Kind: views.KindSuccess, Title: "Successfully created administrator " + user.Name + "."})
}

func (h Sessions) createFirst(c echo.Context, name, password string) (usage.User, error) {
	user := usage.User{Name: strings.TrimSpace(name), Role: usage.Administrator}
	wrong := user.Validate()
	if m := usage.PasswordProblem(password); m != "" {
		wrong.Add("password", m)
	}
	if len(wrong) > 0 {
		return usage.User{}, wrong
	}
	hash, err := h.passwords.hash(c.Request().Context(), NetworkOf(c.RealIP()), password)
	if err != nil {
		return usage.User{}, err
	}
	user.PasswordHash = hash
	act := h.act(c)
	act.By = user.Name
	return h.store.CreateFirstUser(c.Request().Context(), act, user)
}
