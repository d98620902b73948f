package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
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
	var p views.SetupPage
	password := ""
	return h.submit(c, submission{
		read: func(fields url.Values) {
			p.Token, p.Username, password = fields.Get("token"), fields.Get("username"), fields.Get("password")
		},
		save: func(context.Context) (_ string, done views.Flash, err error) {
			if err := h.checkSetup(c, p.Token); err != nil {
				return "", done, err
			}
			user, err := h.createFirst(c, p.Username, password)
			switch {
			case errors.Is(err, store.ErrUsersExist):
				return "", done, ErrSetupLink
			case err != nil:
				return "", done, err
			}
			done = views.Flash{Kind: views.KindSuccess, Title: "Successfully created administrator " + user.Name + "."}
			return afterSignIn, done, h.begin(c, user)
		},
		show: func(status int, wrong usage.FieldErrors) error {
			p.Errors = views.NewFieldErrors(wrong, views.Field{ID: "username", Label: "User name"}, views.Field{ID: "password", Label: "Password"})
			return h.setupPage(c, status, p)
		},
	})
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
