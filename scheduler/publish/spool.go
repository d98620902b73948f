package publish

import (
	"io"
	"os"
	"sync"
	"time"
)

const (
	// spoolMemory is how much of a file waits in memory before the spool goes
	// to disk, in bytes. Most files are smaller.
	spoolMemory = 1 << 20
	// spoolPatience is how long the writer of one spool waits for its reader
	// in all: an S3 that takes the file about as fast as it is made needs no
	// disk, and a slow one holds the database snapshot no longer than that.
	spoolPatience = 2 * time.Second
)

// spool is a pipe that hardly blocks its writer: what the reader has not taken
// yet waits in memory and then on disk. A slow S3 therefore never holds a
// database snapshot open. One writer, one reader.
type spool struct {
	dir string

	mu       sync.Mutex
	more     *sync.Cond
	memory   []byte        // what comes next for the reader
	file     *os.File      // already unlinked; what comes after memory
	written  int64         // end of what is in file
	read     int64         // begin of what is in file and was not taken
	patience time.Duration // left to the writer
	ended    bool
	err      error // of the writer
	gone     error // why the reader takes no more
}

func newSpool(dir string) *spool {
	s := &spool{dir: dir, patience: spoolPatience}
	s.more = sync.NewCond(&s.mu)
	return s
}

// Write appends p.
func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.fits(p) && s.wait() {
	}
	if s.gone != nil {
		return 0, s.gone
	}
	if s.fits(p) {
		s.memory = append(s.memory, p...)
	} else if err := s.toDisk(p); err != nil {
		return 0, &spoolError{err}
	}
	s.more.Broadcast()
	return len(p), nil
}

// fits reports whether p can wait in memory: what is on disk comes first.
func (s *spool) fits(p []byte) bool {
	return s.read == s.written && len(s.memory)+len(p) <= spoolMemory
}

// wait gives the reader a moment to make room. It returns false if there is no
// use in waiting: patience is over, or the rest goes to disk already.
func (s *spool) wait() bool {
	if s.patience <= 0 || s.read < s.written || s.gone != nil {
		return false
	}
	began := time.Now()
	enough := time.AfterFunc(s.patience, s.more.Broadcast)
	s.more.Wait()
	enough.Stop()
	s.patience -= time.Since(began)
	return true
}

// toDisk appends p to a file that has no name, so that a crash leaves nothing.
// The reader goes on meanwhile.
func (s *spool) toDisk(p []byte) error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "spool-*")
		if err != nil {
			return err
		}
		s.file = f
		if err := os.Remove(f.Name()); err != nil {
			return err
		}
	}
	if s.read == s.written {
		s.read, s.written = 0, 0 // what was taken is written over
	}
	file, at := s.file, s.written
	s.mu.Unlock()
	_, err := file.WriteAt(p, at)
	s.mu.Lock()
	s.written += int64(len(p))
	return err
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
	s.more.Broadcast()
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
	for len(s.memory) == 0 && s.read == s.written && !s.ended {
		s.more.Wait()
	}
	switch {
	case s.err != nil:
		return 0, s.err
	case len(s.memory) > 0:
		n := copy(p, s.memory)
		s.memory = s.memory[:copy(s.memory, s.memory[n:])]
		s.more.Broadcast()
		return n, nil
	case s.read < s.written:
		return s.fromDisk(p)
	default:
		return 0, io.EOF
	}
}

// fromDisk reads from the file. The writer goes on meanwhile.
func (s *spool) fromDisk(p []byte) (int, error) {
	n := int(min(int64(len(p)), s.written-s.read))
	file, at := s.file, s.read
	s.mu.Unlock()
	_, err := file.ReadAt(p[:n], at)
	s.mu.Lock()
	if err != nil {
		return 0, &spoolError{err}
	}
	s.read += int64(n)
	s.more.Broadcast()
	return n, nil
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
