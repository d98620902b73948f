package usage

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ImportDialect says how a CSV file is written. What is empty is found out.
type ImportDialect struct {
	Delimiter rune     // comma, semicolon, tab or vertical bar; 0: what the header shows
	Encoding  Encoding // of a file without a byte order mark
}

// Encoding is how text is written as bytes.
type Encoding string

// The encodings of a file without a byte order mark. UTF-16 needs a mark.
const (
	UTF8        Encoding = "utf-8"
	Windows1252 Encoding = "windows-1252" // what Excel calls CSV in Western Europe and America
)

// Encodings returns all encodings that can be chosen.
func Encodings() []Encoding { return []Encoding{UTF8, Windows1252} }

// Delimiters returns all characters that can separate columns.
func Delimiters() string { return ",;\t|" }

// importText is a file as UTF-8 with line feeds.
type importText struct {
	*bufio.Reader
	delimiter rune
	skipped   int // lines before the header that only tell how the file is written
}

// newImportText finds out how a file is written.
func newImportText(r io.Reader, d ImportDialect) *importText {
	text := &importText{Reader: bufio.NewReaderSize(&lineFeeds{r: bufio.NewReaderSize(decoded(r, d.Encoding), importBuffer)}, importBuffer), delimiter: d.Delimiter}
	text.skipDelimiterLine()
	if text.delimiter == 0 {
		text.delimiter = text.shownDelimiter()
	}
	return text
}

// decoded returns the text of a file as UTF-8 without its byte order mark
// (https://www.unicode.org/faq/utf_bom.html).
func decoded(r io.Reader, e Encoding) io.Reader {
	in := bufio.NewReaderSize(r, importBuffer)
	begin, _ := in.Peek(3) // a failed read comes again
	skip := func(n int) {
		in.Discard(n) //nolint:errcheck // what was peeked at is there
	}
	switch {
	case strings.HasPrefix(string(begin), "\xef\xbb\xbf"):
		skip(3)
	case strings.HasPrefix(string(begin), "\xff\xfe"):
		skip(2)
		return &runeReader{next: utf16Runes(in, binary.LittleEndian)}
	case strings.HasPrefix(string(begin), "\xfe\xff"):
		skip(2)
		return &runeReader{next: utf16Runes(in, binary.BigEndian)}
	case e == Windows1252:
		return &runeReader{next: windows1252Runes(in)}
	}
	return in
}

// runeReader writes runes as UTF-8.
type runeReader struct {
	next func() (rune, error)
	rest []byte // of a rune that did not fit
}

// Read reads whole runes, as far as they fit.
func (r *runeReader) Read(p []byte) (int, error) {
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	for n < len(p) {
		c, err := r.next()
		if err != nil && n > 0 && errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		var encoded [utf8.UTFMax]byte
		size := utf8.EncodeRune(encoded[:], c)
		copied := copy(p[n:], encoded[:size])
		n += copied
		r.rest = append(r.rest[:0], encoded[copied:size]...)
	}
	return n, nil
}

// utf16Runes returns the runes of UTF-16 (RFC 2781). A half of a pair alone is U+FFFD.
func utf16Runes(r *bufio.Reader, order binary.ByteOrder) func() (rune, error) {
	var half rune // that was read after another half
	unit := func() (rune, error) {
		if half != 0 {
			c := half
			half = 0
			return c, nil
		}
		var two [2]byte
		_, err := io.ReadFull(r, two[:])
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return utf8.RuneError, nil
		}
		return rune(order.Uint16(two[:])), err
	}
	return func() (rune, error) {
		c, err := unit()
		if err != nil || !utf16.IsSurrogate(c) {
			return c, err
		}
		second, err := unit()
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		both := utf16.DecodeRune(c, second)
		if both == utf8.RuneError && err == nil {
			half = second
		}
		return both, nil
	}
}

// windows1252Runes returns the runes of Windows-1252
// (https://encoding.spec.whatwg.org/index-windows-1252.txt).
func windows1252Runes(r *bufio.Reader) func() (rune, error) {
	special := []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ") // 0x80 to 0x9F
	return func() (rune, error) {
		b, err := r.ReadByte()
		if err == nil && b >= 0x80 && b <= 0x9f {
			return special[b-0x80], nil
		}
		return rune(b), err
	}
}

// lineFeeds writes a carriage return that no line feed follows as a line feed:
// some programs end lines with it alone.
type lineFeeds struct{ r *bufio.Reader }

// Read reads what the reader below has.
func (l *lineFeeds) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i := range n {
		if p[i] != '\r' {
			continue
		}
		if i+1 < n && p[i+1] == '\n' {
			continue
		}
		if i+1 == n {
			if next, _ := l.r.Peek(1); len(next) == 1 && next[0] == '\n' {
				continue
			}
		}
		p[i] = '\n'
	}
	return n, err
}

// skipDelimiterLine passes over a first line "sep=;", by which Excel is told how
// columns are separated.
func (t *importText) skipDelimiterLine() {
	const longest = len("\"sep=\t\"\r\n")
	begin, _ := t.Peek(longest)
	line, _, ended := strings.Cut(string(begin), "\n")
	text := strings.Trim(strings.TrimRight(line, "\r"), `"`)
	if !ended || len(text) != len("sep=,") || !strings.EqualFold(text[:4], "sep=") || !strings.Contains(Delimiters(), text[4:]) {
		return
	}
	t.Discard(len(line) + 1) //nolint:errcheck // what was peeked at is there
	t.skipped = 1
	if t.delimiter == 0 {
		t.delimiter = rune(text[4])
	}
}

// shownDelimiter is the delimiter that stands most often in the header, outside of
// quotation marks; a comma if there is none.
func (t *importText) shownDelimiter() rune {
	begin, _ := t.Peek(importBuffer)
	counts := map[rune]int{}
	quoted := false
	for _, c := range strings.TrimLeft(string(begin), "\r\n") {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	most := ','
	for _, c := range Delimiters() {
		if counts[c] > counts[most] {
			most = c
		}
	}
	return most
}
