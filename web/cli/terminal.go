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

	"license-manager/store/inventory"
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

// progress draws how far an import is. Its zero value draws nothing.
type progress struct {
	out   io.Writer
	now   func() time.Time
	drawn time.Time
}

// newProgress draws on standard error if that is a terminal.
func newProgress(now func() time.Time) *progress {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return &progress{}
	}
	return &progress{out: os.Stderr, now: now}
}

// reads draws how much of a file is read.
func (p *progress) reads(file *os.File) io.Reader {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return file
	}
	return &readProgress{Reader: file, bar: p, size: info.Size()}
}

// readProgress counts what is read of a file.
type readProgress struct {
	io.Reader
	bar  *progress
	size int64 // of the file
	done int64
}

// Read reads the file.
func (r *readProgress) Read(b []byte) (int, error) {
	n, err := r.Reader.Read(b)
	r.done += int64(n)
	r.bar.report("Reading", float64(r.done)/float64(r.size))
	return n, err
}

// imports draws how far an import is.
func (p *progress) imports(i inventory.Import) {
	word := "Checking"
	if i.State == inventory.Applying {
		word = "Importing"
	}
	p.report(word, float64(i.Done)/float64(i.Total))
}

// report draws the bar, but not too often.
func (p *progress) report(what string, share float64) {
	if p.out == nil {
		return
	}
	if now := p.now(); now.Sub(p.drawn) >= progressEvery {
		const width = 40
		p.drawn = now
		full := int(min(share, 1) * width)
		fmt.Fprintf(p.out, "\r%-9s [%s%s] %3.0f%%", what, strings.Repeat("#", full), strings.Repeat(" ", width-full), min(share, 1)*100)
	}
}

// clear removes the bar.
func (p *progress) clear() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
