package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// A submission is one form: what it takes from a request and what becomes of
// it. Steps that a form does not have are nil.
type submission struct {
	// read takes what was typed.
	read func(fields url.Values)
	// tags are the rows of the tags editor among it.
	tags *[]usage.Tag
	// asks are the buttons that save nothing, by their intent. What they find
	// wrong with the fields is usage.FieldErrors.
	asks map[string]func(context.Context) error
	// save stores what was typed and returns the page to go to and what it
	// says there. Wrong fields are usage.FieldErrors. It is store.ErrStale if
	// somebody else saved since the form was opened.
	save func(context.Context) (next string, done views.Flash, err error)
	// reload reads what somebody else saved.
	reload func(context.Context) error
	// show answers with the page of the form, as it was typed.
	show func(status int, wrong usage.FieldErrors) error
}

// checkIntent asks a form what is wrong with its fields so far. The page that
// answers was asked for by a script, and is no failure.
const checkIntent = "check"

// open answers with a form, as it was typed if the session ended before it was
// saved.
func (h *Console) open(c echo.Context, s submission) error {
	if fields := h.takeDraft(c); fields != nil {
		s.read(fields)
	}
	return s.show(http.StatusOK, nil)
}

// submit answers a form that was posted. It is shown again, as it was typed,
// after a button that saves nothing, and where it can't be saved: with the
// errors of its fields, or beside what somebody else saved meanwhile.
func (h *Console) submit(c echo.Context, s submission) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	ctx, intent := c.Request().Context(), fields.Get("intent")
	s.read(fields)
	if s.tags != nil {
		if editTags(s.tags, intent) {
			return s.show(http.StatusOK, nil)
		}
		*s.tags = filledTags(*s.tags)
	}
	refused := http.StatusUnprocessableEntity
	if ask := s.asks[intent]; ask != nil {
		if err = ask(ctx); err == nil {
			return s.show(http.StatusOK, nil)
		}
		if intent == checkIntent {
			refused = http.StatusOK
		}
	} else {
		next, done, saveErr := s.save(ctx)
		if saveErr == nil {
			return h.redirect(c, next, done)
		}
		err = saveErr
	}
	var wrong usage.FieldErrors
	switch {
	case errors.As(err, &wrong):
		return s.show(refused, wrong)
	case s.reload != nil && errors.Is(err, store.ErrStale):
		if err := s.reload(ctx); err != nil {
			return err
		}
		return s.show(http.StatusConflict, nil)
	}
	return err
}

// unchangedFlash is said after a form was saved as it is stored.
func unchangedFlash() views.Flash {
	return views.Flash{Kind: views.KindInfo, Title: "Nothing was changed."}
}

// formMemory is how much of a multipart form without files is kept in memory.
const formMemory = 1 << 20 // bytes

// MostValues is how many values one field of a form may have: several times what a
// page lets a user select.
const MostValues = 500

// form reads the fields of the request's body, and nothing from the URL. A
// body that is too large is *http.MaxBytesError, one that is not a form
// ErrUnreadable, and a field with too many values ErrTooMany.
func form(c echo.Context) (url.Values, error) {
	r := c.Request()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := r.ParseForm()
	if err == nil && kind == "multipart/form-data" {
		err = r.ParseMultipartForm(formMemory)
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	for _, values := range r.PostForm {
		if len(values) > MostValues {
			return nil, ErrTooMany
		}
	}
	return r.PostForm, nil
}

// multiline is a text of several lines, with the line ends that are stored.
func multiline(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// confirmed returns the error of the field in which a deletion asks for the
// word “confirm”.
func confirmed(typed string) error {
	if strings.EqualFold(strings.TrimSpace(typed), "confirm") {
		return nil
	}
	return usage.FieldErrors{{Field: "confirm", Message: "Type “confirm” to delete."}}
}

// creationToken is the same for two submits of one form, so that they create
// one thing. A form that was changed in between gets another one.
func creationToken(fields url.Values) string {
	if fields.Get("token") == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(fields.Encode()))
	return hex.EncodeToString(sum[:])
}

// readTags takes the pairs of tag_key and tag_value.
func readTags(fields url.Values) []usage.Tag {
	keys, values := fields["tag_key"], fields["tag_value"]
	tags := make([]usage.Tag, max(len(keys), len(values)))
	for i, key := range keys {
		tags[i].Key = key
	}
	for i, value := range values {
		tags[i].Value = value
	}
	return tags
}

// editTags does what a button of the tags editor asks for: "add-tag",
// "remove-tag:N". It returns false for any other intent.
func editTags(tags *[]usage.Tag, intent string) bool {
	if intent == "add-tag" {
		*tags = append(*tags, usage.Tag{})
		return true
	}
	number, remove := strings.CutPrefix(intent, "remove-tag:")
	if !remove {
		return false
	}
	if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < len(*tags) {
		*tags = slices.Delete(*tags, n, n+1)
	}
	return true
}

// filledTags leaves out the rows in which nothing was typed.
func filledTags(tags []usage.Tag) []usage.Tag {
	return slices.DeleteFunc(tags, func(tag usage.Tag) bool {
		return strings.TrimSpace(tag.Key) == "" && strings.TrimSpace(tag.Value) == ""
	})
}
