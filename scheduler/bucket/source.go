package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// source is a body under watch: it ends with the context, counts, and remembers
// its own failure, which the layers above it would mix up with those of S3.
type source struct {
	ctx    context.Context
	body   io.Reader
	left   int64 // bytes that may still come
	read   int64 // bytes that have come
	err    error
	peeked []byte // read by more, not yet by Read
}

// Read passes the body on.
func (s *source) Read(p []byte) (int, error) {
	if len(s.peeked) > 0 && len(p) > 0 {
		n := copy(p, s.peeked)
		s.peeked = s.peeked[n:]
		return n, nil
	}
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.body.Read(p)
	s.read += int64(n)
	s.left -= int64(n)
	switch {
	case s.left < 0:
		s.err = ErrTooLarge
	case err != nil && err != io.EOF:
		s.err = fmt.Errorf("%w: %w", ErrBody, err)
	default:
		return n, err
	}
	return n, s.err
}

// more tells whether the body goes on.
func (s *source) more() (bool, error) {
	if len(s.peeked) > 0 {
		return true, nil
	}
	var one [1]byte
	switch _, err := io.ReadFull(s, one[:]); err {
	case nil:
		s.peeked = one[:]
		return true, nil
	case io.EOF:
		return false, nil
	default:
		return false, err
	}
}

// blame finds out who failed when an upload has ended with err: the body, the
// caller who gave up, or S3.
func (s *source) blame(err error) error {
	stopped := s.ctx.Err()
	switch {
	case s.err != nil && stopped != nil && errors.Is(s.err, stopped):
		return stopped // the body ended with the context too
	case s.err != nil:
		return s.err
	case stopped != nil && !errors.Is(err, stopped):
		return errors.Join(stopped, err)
	}
	return err
}
