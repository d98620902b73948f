package publish

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"license-manager/scheduler/bucket"
	"license-manager/store"
)

// What fails is named, however it came through the other parts.
func TestExplainNamesTheSystemThatFailed(t *testing.T) {
	t.Parallel()
	s3 := &bucket.Error{Step: "write to", Bucket: "b", Key: "k", Err: errors.New("odd")}
	full := &spoolError{syscall.ENOSPC}
	for name, test := range map[string]struct {
		err   error
		code  string
		words string
	}{
		"database":                {database(stepRead, fmt.Errorf("%w: gone", store.ErrUnavailable)), "DatabaseUnavailable", "The database is not available. License Manager can’t read the self-managed license and its resources."},
		"database, seen by S3":    {&bucket.Error{Step: "write to", Bucket: "b", Err: fmt.Errorf("%w: %w", bucket.ErrBody, database(stepRead, errors.New("odd")))}, "DatabaseFailed", "The database reported an error. License Manager can’t read the self-managed license and its resources. The log has the reason."},
		"disk":                    {full, "DiskFull", "The disk of License Manager is full. License Manager can’t keep the file until S3 has taken it."},
		"disk, seen by the store": {database(stepRead, fmt.Errorf("stream: %w", full)), "DiskFull", "The disk of License Manager is full. License Manager can’t keep the file until S3 has taken it."},
		"disk, not to be written": {&spoolError{syscall.EACCES}, "SpoolFailed", "The data directory can’t be used. License Manager can’t keep the file until S3 has taken it."},
		"S3":                      {s3, "Unknown", "The request to S3 failed. License Manager can’t write to b."},
		"S3, seen by the store":   {database(stepRead, fmt.Errorf("stream: %w", s3)), "Unknown", "The request to S3 failed. License Manager can’t write to b."},
		"none of them":            {errors.New("odd"), "Unknown", "License Manager failed before it asked S3. The log has the reason."},
	} {
		if f := bucket.Explain(test.err); f.Code != test.code || f.Words != test.words {
			t.Errorf("%s: %+v, want %s %q", name, f, test.code, test.words)
		}
	}
	if err := database(stepRead, store.ErrLost); !isLost(err) {
		t.Errorf("a lost claim became %v", err)
	}
}
