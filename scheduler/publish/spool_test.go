package publish

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// content is text that shows a byte in the wrong place.
func content(size int) []byte {
	text := make([]byte, size)
	random := rand.NewChaCha8(sha256.Sum256([]byte("spool")))
	random.Read(text) //nolint:errcheck // never fails
	return text
}

func TestSpoolGivesWhatItTook(t *testing.T) {
	t.Parallel()
	want := content(9 << 20)
	for name, pause := range map[string]time.Duration{"a fast reader": 0, "a slow reader": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSpool(t.TempDir())
				defer s.release()
				go func() {
					sizes := rand.New(rand.NewPCG(1, 2))
					for rest := want; len(rest) > 0; {
						n := min(len(rest), 1+sizes.IntN(200<<10))
						if _, err := s.Write(rest[:n]); err != nil {
							t.Error(err)
						}
						rest = rest[n:]
					}
					s.finish(nil)
				}()
				sizes := rand.New(rand.NewPCG(3, 4))
				var got bytes.Buffer
				for buffer := make([]byte, 300<<10); ; {
					n, err := s.Read(buffer[:1+sizes.IntN(len(buffer))])
					got.Write(buffer[:n])
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(pause) //nolint:forbidigo // the clock of the bubble
				}
				if !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%d bytes came out, not the %d that went in", got.Len(), len(want))
				}
			})
		})
	}
}

func TestSpoolLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := newSpool(dir)
		began, chunk := time.Now(), content(64<<10)
		for range 100 {
			if _, err := s.Write(chunk); err != nil {
				t.Fatal(err)
			}
		}
		// Nobody reads: the writer goes on all the same.
		if waited := time.Since(began); waited > spoolPatience {
			t.Errorf("the writer was held for %v, at most %v is right", waited, spoolPatience)
		}
		if s.file == nil || len(s.memory) > spoolMemory {
			t.Errorf("%d bytes are in memory, want the rest of %d on disk", len(s.memory), 100*len(chunk))
		}
		names, err := os.ReadDir(dir)
		if err != nil || len(names) > 0 {
			t.Errorf("a crash would leave %v, %v", names, err)
		}
		s.release()
	})
}

func TestSpoolEndsWithTheErrorOfItsOtherEnd(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	s := newSpool(t.TempDir())
	defer s.release()
	s.finish(broken)
	s.finish(nil)
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, broken) {
		t.Errorf("the reader sees %v", err)
	}
	s = newSpool(t.TempDir())
	defer s.release()
	s.abandon(broken)
	if _, err := s.Write(content(2 * spoolMemory)); !errors.Is(err, broken) {
		t.Errorf("the writer sees %v", err)
	}
	s = newSpool("/nowhere")
	s.patience = 0
	var disk *spoolError
	if _, err := s.Write(content(2 * spoolMemory)); !errors.As(err, &disk) {
		t.Errorf("without a disk the writer sees %v", err)
	}
}
