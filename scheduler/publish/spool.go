package publish

import (
	"io"
	"os"
	"sync"
)

// spoolMemory is how much of a file waits in memory before the spool goes to
// disk, in bytes. Most files never do.
const spoolMemory = 1 << 20

// spool is a pipe that never blocks its writer: what the reader has not taken
// yet waits in memory and then on disk. A slow S3 therefore never holds a
// database snapshot open. One writer, one reader.
type spool struct {
	dir string

	mu      sync.Mutex
	more    *sync.Cond
	memory  []byte   // all of it, until there is a file
	file    *os.File // already unlinked; nil while memory suffices
	written int64
	read    int64
	ended   bool
	err     error // of the writer
	gone    error // why the reader takes no more
}

// spoolError is a failure of the disk, as opposed to one of S3.
type spoolError struct{ err error }

func (e *spoolError) Error() string { return "spool: " + e.err.Error() }
func (e *spoolError) Unwrap() error { return e.err }

func newSpool(dir string) *spool {
	s := &spool{dir: dir}
	s.more = sync.NewCond(&s.mu)
	return s
}

// Write appends p.
func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone != nil {
		return 0, s.gone
	}
	if s.file == nil && len(s.memory)+len(p) > spoolMemory {
		if err := s.toDisk(); err != nil {
			return 0, &spoolError{err}
		}
	}
	if s.file == nil {
		s.memory = append(s.memory, p...)
	} else if _, err := s.file.WriteAt(p, s.written); err != nil {
		return 0, &spoolError{err}
	}
	s.written += int64(len(p))
	s.more.Signal()
	return len(p), nil
}

// toDisk moves what is in memory to a file that has no name, so that a crash
// leaves nothing.
func (s *spool) toDisk() error {
	f, err := os.CreateTemp(s.dir, "spool-*")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close() //nolint:errcheck // the first error counts
		return err
	}
	if _, err := f.WriteAt(s.memory, 0); err != nil {
		f.Close() //nolint:errcheck // the first error counts
		return err
	}
	s.file, s.memory = f, nil
	return nil
}

// finish ends the writing: the reader gets what is left and then err, or
// io.EOF if err is nil. Only the first call counts.
func (s *spool) finish(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.ended, s.err = true, err
	}
	s.more.Broadcast()
}

// abandon tells the writer that the reader takes no more, and why.
func (s *spool) abandon(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone = err
}

// failure returns the error with which the writing ended.
func (s *spool) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// Read waits for bytes and returns them.
func (s *spool) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.read == s.written && !s.ended {
		s.more.Wait()
	}
	if s.err != nil {
		return 0, s.err
	}
	if s.read == s.written {
		return 0, io.EOF
	}
	n := int64(min(len(p), int(min(s.written-s.read, 1<<30))))
	var err error
	if s.file == nil {
		copy(p[:n], s.memory[s.read:])
	} else if _, err = s.file.ReadAt(p[:n], s.read); err != nil {
		return 0, &spoolError{err}
	}
	s.read += n
	return int(n), nil
}

// release gives memory and disk back. Nothing may be read or written after.
func (s *spool) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		s.file.Close() //nolint:errcheck // nobody reads it any more
	}
	s.file, s.memory = nil, nil
}
