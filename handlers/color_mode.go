package handlers

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/views"
)

// colorModeCookie keeps the color mode of a browser.
const (
	colorModeCookie = "color_mode"
	colorModeKept   = 365 * 24 * time.Hour
)

// SetColorMode is POST /color-mode.
func (h Sessions) SetColorMode(c echo.Context) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	c.SetCookie(&http.Cookie{
		Name:     colorModeCookie,
		Value:    string(views.ParseColorMode(fields.Get("mode"))),
		Path:     "/",
		MaxAge:   int(colorModeKept / time.Second),
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
		Secure:   h.secure(c.Request()),
	})
	return c.Redirect(http.StatusSeeOther, localPath(fields.Get("next"), "/"))
}

func colorMode(r *http.Request) views.ColorMode {
	cookie, err := r.Cookie(colorModeCookie)
	if err != nil {
		return views.ColorModeSystem
	}
	return views.ParseColorMode(cookie.Value)
}
