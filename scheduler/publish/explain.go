package publish

import (
	"errors"
	"syscall"

	"license-manager/scheduler/bucket"
	"license-manager/store"
)

// databaseError is a failure of the database at a step of publishing.
type databaseError struct {
	step string // what License Manager could not do
	err  error
}

func (e *databaseError) Error() string { return e.step + ": " + e.err.Error() }
func (e *databaseError) Unwrap() error { return e.err }

// Failure is for bucket.Explain.
func (e *databaseError) Failure() bucket.Failure {
	if errors.Is(e.err, store.ErrUnavailable) {
		return bucket.Failure{Code: "DatabaseUnavailable", Words: "The database is not available. License Manager can’t " + e.step + ".", Retryable: true}
	}
	return bucket.Failure{Code: "DatabaseFailed", Words: "The database reported an error. License Manager can’t " + e.step + ". The log has the reason.", Retryable: true}
}

// spoolError is a failure of the disk on which files wait for S3.
type spoolError struct{ err error }

func (e *spoolError) Error() string { return "spool: " + e.err.Error() }
func (e *spoolError) Unwrap() error { return e.err }

// Failure is for bucket.Explain.
func (e *spoolError) Failure() bucket.Failure {
	const step = " License Manager can’t keep the file until S3 has taken it."
	if errors.Is(e.err, syscall.ENOSPC) {
		return bucket.Failure{Code: "DiskFull", Words: "The disk of License Manager is full." + step, Retryable: true}
	}
	return bucket.Failure{Code: "SpoolFailed", Words: "The data directory can’t be used." + step, Retryable: true}
}

// database marks an error of the store as one of the database. An error of S3 or
// of the spool that only came through the store stays what it is, and so does a
// lost claim.
func database(step string, err error) error {
	_, s3 := errors.AsType[*bucket.Error](err)
	_, disk := errors.AsType[*spoolError](err)
	if err == nil || s3 || disk || isLost(err) {
		return err
	}
	return &databaseError{step, err}
}
