package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// readPassword asks for a new password, twice and without showing it, or
// reads the first line where standard input is not a terminal.
func readPassword() (string, error) {
	terminal := int(os.Stdin.Fd())
	if !term.IsTerminal(terminal) {
		line, err := bufio.NewReader(io.LimitReader(os.Stdin, 4096)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return strings.TrimRight(line, "\r\n"), err
	}
	first, err := ask(terminal, "Password: ")
	if err != nil {
		return "", err
	}
	second, err := ask(terminal, "Password again: ")
	if err == nil && first != second {
		err = errors.New("the passwords are not the same")
	}
	return first, err
}

func ask(terminal int, prompt string) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	password, err := term.ReadPassword(terminal)
	fmt.Fprintln(os.Stderr)
	return string(password), err
}

// progressEvery is the time between two drawings of the bar.
const progressEvery = 100 * time.Millisecond

// progress draws how much of a file is done. The zero value draws nothing.
type progress struct {
	out   io.Writer
	now   func() time.Time
	size  int64 // bytes
	drawn time.Time
}

// newProgress draws on standard error if that is a terminal and the length of
// the file is known.
func newProgress(file *os.File, now func() time.Time) *progress {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || !term.IsTerminal(int(os.Stderr.Fd())) {
		return &progress{}
	}
	return &progress{out: os.Stderr, now: now, size: info.Size()}
}

// report draws the bar, but not too often.
func (p *progress) report(done int64) {
	if p.out == nil {
		return
	}
	if now := p.now(); now.Sub(p.drawn) >= progressEvery {
		p.drawn = now
		p.draw(done)
	}
}

func (p *progress) draw(done int64) {
	const width = 40
	share := min(float64(done)/float64(p.size), 1)
	full := int(share * width)
	fmt.Fprintf(p.out, "\r[%s%s] %3.0f%%", strings.Repeat("#", full), strings.Repeat(" ", width-full), share*100)
}

// clear removes the bar.
func (p *progress) clear() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
