package handlers

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store/usage"
)

// Access says who may use an address. The zero value is nobody.
type Access int

// Who may use an address; each may what the ones before it may.
const (
	_             Access = iota
	Public               // without signing in
	Viewer               // reads and downloads
	Editor               // also creates, edits, runs, imports, deletes
	Administrator        // also settings and users
)

// ErrSignIn means that only those who are signed in may do this.
var ErrSignIn = errors.New("not signed in")

// Admit returns nil if the user of the request has the access, ErrSignIn if
// nobody is signed in, else *ForbiddenError.
func Admit(c echo.Context, access Access) error {
	if access == Public {
		return nil
	}
	user := CurrentUser(c)
	if user.ID == 0 {
		return ErrSignIn
	}
	if needed := access.role(); !user.Role.Allows(needed) {
		return &ForbiddenError{Verb: verb(c), Noun: noun(c.Path()), Needs: needed}
	}
	return nil
}

// role is the weakest role that has the access, none for nobody.
func (a Access) role() usage.Role {
	switch a {
	case Viewer:
		return usage.Viewer
	case Editor:
		return usage.Editor
	case Administrator:
		return usage.Administrator
	default:
		return ""
	}
}

// verb is what an address does, from the last part of its path.
func verb(c echo.Context) string {
	path := c.Path()
	switch last := path[strings.LastIndexByte(path, '/')+1:]; last {
	case "create", "edit", "delete", "pause", "resume", "import", "deactivate", "activate", "associate", "disassociate", "remove":
		return last
	case "run":
		return "generate"
	}
	switch m := c.Request().Method; {
	case m == http.MethodGet || m == http.MethodHead:
		return "view"
	case strings.Count(path, "/") == 1: // a form for a new one is posted to the list
		return "create"
	}
	return "change"
}

// noun is what an address is about, from the first part of its path.
func noun(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if first == "self-managed-licenses" {
		return "self-managed licenses"
	}
	return strings.ReplaceAll(first, "-", " ")
}
