package handlers

import (
	"errors"
	"fmt"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
)

// Errors that web/errors.go turns into pages, beside those of the store.
var (
	// ErrNoPage means that there is nothing at the address.
	ErrNoPage = errors.New("no such page")
	// ErrUnreadable means that the body of the request is not a form.
	ErrUnreadable = errors.New("the form could not be read")
	// ErrTooMany means that a form names more things than MostValues.
	ErrTooMany = errors.New("too many values in one field")
	// ErrSetupLink means that a setup link was used, replaced or made up.
	ErrSetupLink = errors.New("the setup link is not valid")
	// ErrBusy means that too many do the same costly thing at once.
	ErrBusy = errors.New("too many at once")
)

// ForbiddenError is an action that the role of the user does not allow.
type ForbiddenError struct {
	Verb, Noun string // "delete", "usage reports"
	Needs      usage.Role
}

// Error names the action and the role.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("not allowed to %s %s: needs the role %s", e.Verb, e.Noun, e.Needs.Label())
}

// BucketError is a failure of S3 on the way to a page.
type BucketError struct {
	bucket.Failure
	Err error // what happened, for the log
}

// Missing reports whether the object or its bucket does not exist.
func (e *BucketError) Missing() bool { return isMissing(e.Err) }

func isMissing(err error) bool {
	return errors.Is(err, bucket.ErrNoObject) || errors.Is(err, bucket.ErrNoBucket)
}

// Error is for the log.
func (e *BucketError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *BucketError) Unwrap() error { return e.Err }

// bucketError explains err, which came from S3; nil stays nil.
func bucketError(err error) error {
	if err == nil {
		return nil
	}
	return &BucketError{Failure: bucket.Explain(err), Err: err}
}
