package usage

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Role says what a user may do.
type Role string

// The roles; each may do what the ones before it may.
const (
	Viewer        Role = "viewer"        // reads and downloads
	Editor        Role = "editor"        // also creates, edits, runs, imports, deletes
	Administrator Role = "administrator" // also settings and users
)

// Roles lists all roles, the weakest first.
func Roles() []Role { return []Role{Viewer, Editor, Administrator} }

// Valid reports whether r is one of the three roles.
func (r Role) Valid() bool { return r.rank() > 0 }

// Allows reports whether a user of role r may do what needs role needed. An
// unknown role may do nothing, and nothing may be done that needs one.
func (r Role) Allows(needed Role) bool { return needed.Valid() && r.rank() >= needed.rank() }

// Label returns the words shown for r.
func (r Role) Label() string {
	switch r {
	case Viewer:
		return "Viewer"
	case Editor:
		return "Editor"
	case Administrator:
		return "Administrator"
	default:
		return "Unknown"
	}
}

func (r Role) rank() int {
	switch r {
	case Viewer:
		return 1
	case Editor:
		return 2
	case Administrator:
		return 3
	default:
		return 0
	}
}

// User is someone who signs in.
type User struct {
	ID           int64 `gorm:"primaryKey"`
	Name         string
	NameKey      string // FoldName(Name); unique
	PasswordHash string // argon2id, in its encoded form
	Role         Role
	SessionEpoch int64  // sessions that began under another number have ended
	TimeZone     string // name of the zone in which times are shown; empty for that of the server
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Limits of user names and passwords, in characters.
const (
	MaxUserNameLength = 64
	MinPasswordLength = 8
	MaxPasswordLength = 256
)

// PasswordRule is what a password must have, in words.
const PasswordRule = "8 characters or more."

// Validate checks every field that can be judged without a database.
func (u User) Validate() FieldErrors {
	var errs FieldErrors
	if m := userNameProblem(u.Name); m != "" {
		errs.Add("username", m)
	}
	if !u.Role.Valid() {
		errs.Add("role", "Choose a role.")
	}
	return errs
}

func userNameProblem(name string) string {
	switch n := utf8.RuneCountInString(name); {
	case blank(name):
		return "User name is required."
	case n > MaxUserNameLength:
		return fmt.Sprintf("User name must be %d characters or fewer. You entered %d.", MaxUserNameLength, n)
	case hasControlCharacters(name):
		return "User name has characters that can’t be shown. Use letters, numbers, and punctuation."
	case name != strings.TrimSpace(name):
		return "User name can’t begin or end with a space."
	default:
		return ""
	}
}

// PasswordProblem says in a sentence what is wrong with a new password, ""
// for nothing.
func PasswordProblem(password string) string {
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		return "Password is required."
	case n < MinPasswordLength:
		return fmt.Sprintf("Password must be %d characters or more. You entered %d.", MinPasswordLength, n)
	case n > MaxPasswordLength:
		return fmt.Sprintf("Password must be %d characters or fewer. You entered %d.", MaxPasswordLength, n)
	default:
		return ""
	}
}

// DuplicateUserName is the message for a name that another user has.
func DuplicateUserName(name string) string {
	return fmt.Sprintf("A user named “%s” already exists.", name)
}
