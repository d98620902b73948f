package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/views"
)

// A draft is what was typed into a form whose session ended before it was
// sent. The sign-in page carries it, so that visitors leave nothing here; once
// its user has signed in, it waits in the session for the page of the form.

// draftLimit is the largest draft that is kept, in bytes.
const draftLimit = 32 << 10

// draftKey in echo's context tells that the page shows a draft.
const draftKey = "draft"

// formPage is the path of the page with the form that posts to a path, empty
// for forms of which no draft is kept.
func formPage(path string) string {
	switch {
	case path == reportsPath, path == licensesPath:
		return path + "/create"
	case strings.HasSuffix(path, "/edit") && (strings.HasPrefix(path, reportsPath+"/") || strings.HasPrefix(path, licensesPath+"/")):
		return path
	default:
		return ""
	}
}

// SignInAgain answers a form that was sent after the session had ended with
// the sign-in page, which keeps what was typed. It returns false if the request
// is nothing like that.
func (h *Console) SignInAgain(c echo.Context) (bool, error) {
	r := c.Request()
	page := formPage(r.URL.Path)
	if r.Method != http.MethodPost || page == "" || IsFragment(c) {
		return false, nil
	}
	if r.ContentLength > draftLimit {
		return false, nil
	}
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, draftLimit)
	fields, err := form(c)
	draft := fields.Encode()
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), err == nil && (draft == "" || len(draft) > draftLimit):
		return false, nil
	case err != nil:
		return false, err
	}
	p := views.SignInPage{Next: page, Draft: draft, Subtitle: "Your session has ended. Sign in to go on with what you entered."}
	return true, Sessions{Console: h}.signInPage(c, http.StatusUnauthorized, p)
}

// putDraft keeps a draft for the page of its form. It returns false if there is
// none.
func (h *Console) putDraft(c echo.Context, page, draft string) bool {
	if draft == "" || len(draft) > draftLimit || page == "" || formPage(strings.TrimSuffix(page, "/create")) != page {
		return false
	}
	ctx := c.Request().Context()
	h.sessions.Put(ctx, sessionDraft, draft)
	h.sessions.Put(ctx, sessionDraftPage, page)
	return true
}

// takeDraft returns the fields of a draft for the page of the request, nil if
// there is none.
func (h *Console) takeDraft(c echo.Context) url.Values {
	ctx := c.Request().Context()
	if page := h.sessions.GetString(ctx, sessionDraftPage); page == "" || page != c.Request().URL.Path {
		return nil
	}
	h.sessions.Remove(ctx, sessionDraftPage)
	fields, err := url.ParseQuery(h.sessions.PopString(ctx, sessionDraft))
	if err != nil {
		return nil
	}
	c.Set(draftKey, true)
	return fields
}

// isTyped reports whether the page of a form shows what was typed and is not
// saved.
func isTyped(c echo.Context) bool {
	return c.Request().Method == http.MethodPost || c.Get(draftKey) != nil
}
