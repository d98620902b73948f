package handlers

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"license-manager/store/usage"
	"license-manager/views"
)

const (
	// importLimit is how large a file from a browser may be, in bytes.
	importLimit = 256 << 20
	// importEnvelope is what a browser adds around an uploaded file.
	importEnvelope = 64 << 10
	// fieldLimit is how much of a field beside the file is read, in bytes.
	fieldLimit = 1 << 10
)

// upload reads the form of an import as it comes: its fields in any order, and
// of its file no more than importLimit. No part of it is kept.
type upload struct {
	body    io.ReadCloser
	size    int64     // that the client announced; -1 if it didn't
	file    io.Reader // the part that is read as the file
	read    int64     // bytes of the file so far
	err     error     // of reading the file
	license string    // the field

	encoding string // the field; it comes before the file
}

// parts calls save with the name of the file when it comes.
func (u *upload) parts(r *http.Request, save func(fileName string) error) error {
	form, err := r.MultipartReader()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if err := u.part(part, save); err != nil {
			return err
		}
	}
}

func (u *upload) part(part *multipart.Part, save func(fileName string) error) error {
	switch {
	case part.FormName() == "file" && part.FileName() != "" && u.file == nil:
		u.file = part
		return save(part.FileName())
	case part.FormName() == "license":
		return readField(part, &u.license)
	case part.FormName() == "encoding":
		return readField(part, &u.encoding)
	}
	return nil
}

func readField(part *multipart.Part, field *string) error {
	text, err := io.ReadAll(io.LimitReader(part, fieldLimit))
	*field = string(text)
	return err
}

var errFileTooLarge = errors.New("file too large")

// Read reads the file.
func (u *upload) Read(p []byte) (int, error) {
	if u.read > importLimit {
		u.err = errFileTooLarge
		return 0, u.err
	}
	n, err := u.file.Read(p)
	u.read += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		u.err = err
	}
	return n, err
}

// tooLarge reports whether the client announced more than is taken.
func (u *upload) tooLarge() bool { return u.size > importLimit+importEnvelope }

// problem turns what is wrong with the file into usage.FieldErrors.
func (u *upload) problem(err error) error {
	var unreadable *usage.ImportError
	switch {
	case u.tooLarge() || errors.Is(u.err, errFileTooLarge):
		return usage.FieldErrors{{Field: "file", Message: u.sizeMessage()}}
	case u.err != nil:
		return fmt.Errorf("%w: %w", ErrUnreadable, u.err)
	case errors.As(err, &unreadable) && unreadable.Line <= 1 && unreadable.Column == 0:
		return usage.FieldErrors{{Field: "file", Message: unreadable.Problem}} // of the header: everybody knows where that is
	case errors.As(err, &unreadable):
		return usage.FieldErrors{{Field: "file", Message: views.Sentence(unreadable.Error())}}
	default:
		return err
	}
}

func (u *upload) sizeMessage() string {
	const advice = "Choose a file of 256 MB or less, or use the command line."
	if u.size < 0 {
		return "The file is larger than 256 MB. " + advice
	}
	return fmt.Sprintf("The file is %s MB. %s", views.Number((u.size-1)>>20+1), advice)
}

// drain reads what is left of the body, up to the limit of the route.
func (u *upload) drain() {
	io.Copy(io.Discard, u.body) //nolint:errcheck // the answer is the same
}
