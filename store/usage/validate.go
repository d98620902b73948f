package usage

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of texts, in characters.
const (
	MaxNameLength        = 100
	MaxDescriptionLength = 400
)

// maxFolderBytes is how many bytes of UTF-8 the name of a usage report may take: it
// is the name of a folder, and file systems take no more (NAME_MAX). Many S3 servers
// keep objects as files, and people download them.
const maxFolderBytes = 255

// FieldError says what is wrong with one field of a form.
type FieldError struct {
	Field   string // name of the form field
	Message string // a sentence for the user
}

// FieldErrors are the errors of a form, in the order of its fields. A store
// method that returns them (as an error, found with errors.As) changed nothing.
type FieldErrors []FieldError

// Error joins all messages.
func (e FieldErrors) Error() string {
	messages := make([]string, len(e))
	for i, fe := range e {
		messages[i] = fe.Field + ": " + fe.Message
	}
	return strings.Join(messages, " ")
}

// Add appends an error for field.
func (e *FieldErrors) Add(field, message string) {
	*e = append(*e, FieldError{Field: field, Message: message})
}

// For returns the message for field, empty if it has none.
func (e FieldErrors) For(field string) string {
	for _, fe := range e {
		if fe.Field == field {
			return fe.Message
		}
	}
	return ""
}

// Err returns e as an error, nil if there are none.
func (e FieldErrors) Err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// FoldName returns the form of a name under which it must be unique: two
// names are the same if they differ in the case of letters only. Every
// character is replaced by the smallest one that Unicode simple case folding
// treats as equal.
func FoldName(name string) string {
	return strings.Map(func(c rune) rune {
		smallest := c
		for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
			smallest = min(smallest, f)
		}
		return smallest
	}, name)
}

// ExtendName appends a suffix to a name, of which as much is kept as fits.
func ExtendName(name, suffix string) string {
	if suffix == "" {
		return name
	}
	kept := []rune(name)
	kept = kept[:min(len(kept), MaxNameLength-utf8.RuneCountInString(suffix))]
	for len(string(kept))+len(suffix) > maxFolderBytes {
		kept = kept[:len(kept)-1]
	}
	return strings.TrimRight(string(kept), " .") + suffix
}

// reportNameProblem says what is wrong with the name of a usage report,
// which is also the name of its folder in the bucket.
func reportNameProblem(name string) string {
	if m := requiredNameProblem(name); m != "" {
		return m
	}
	if bad := invalidNameCharacters(name); len(bad) > 0 {
		return "Name has characters that aren’t valid: " + strings.Join(bad, " ") +
			". Use letters, numbers, spaces, hyphens (-), underscores (_), and periods (.)."
	}
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsLetter(first) && !unicode.IsDigit(first) {
		return "Name must begin with a letter or number."
	}
	if strings.HasSuffix(name, " ") || strings.HasSuffix(name, ".") {
		return "Name can’t end in a space or period."
	}
	if n := len(name); n > maxFolderBytes {
		return fmt.Sprintf("Name must fit into a folder’s name of %d bytes. Yours takes %d: letters outside of English take 2 to 4 bytes each.", maxFolderBytes, n)
	}
	return ""
}

func requiredNameProblem(name string) string {
	if blank(name) {
		return "Name is required."
	}
	if n := utf8.RuneCountInString(name); n > MaxNameLength {
		return fmt.Sprintf("Name must be %d characters or fewer. You entered %d.", MaxNameLength, n)
	}
	return ""
}

// licenseNameProblem says what is wrong with the name of a license. It is
// shown and written to files but never part of a key, so any printable
// character is good.
func licenseNameProblem(name string) string {
	if m := requiredNameProblem(name); m != "" {
		return m
	}
	if hasControlCharacters(name) {
		return "Name has characters that can’t be shown. Use letters, numbers, spaces, and punctuation."
	}
	if name != strings.TrimSpace(name) {
		return "Name can’t begin or end with a space."
	}
	return ""
}

func descriptionProblem(description string) string {
	if n := utf8.RuneCountInString(description); n > MaxDescriptionLength {
		return fmt.Sprintf("Description must be %d characters or fewer. You entered %d.", MaxDescriptionLength, n)
	}
	if hasControlCharacters(strings.NewReplacer("\n", "", "\t", "").Replace(description)) {
		return "Description has characters that can’t be shown."
	}
	return ""
}

// invalidNameCharacters lists, each once, the characters of name that a usage
// report's name can't have, in a form that can be shown.
func invalidNameCharacters(name string) []string {
	var bad []string
	seen := map[rune]bool{}
	for _, c := range name {
		if validNameCharacter(c) || seen[c] {
			continue
		}
		seen[c] = true
		if unicode.IsGraphic(c) && !unicode.IsSpace(c) && !invisible(c) && c != utf8.RuneError {
			bad = append(bad, string(c))
		} else {
			bad = append(bad, fmt.Sprintf("U+%04X", c))
		}
	}
	return bad
}

// blank reports whether nothing of s can be seen.
func blank(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return !unicode.IsSpace(c) && !invisible(c) }) < 0
}

// invisible reports whether c is drawn as nothing, or only changes how its
// neighbors are drawn (Unicode: Default_Ignorable_Code_Point). Some of these
// count as letters or marks.
func invisible(c rune) bool {
	return c >= utf8.RuneSelf && unicode.In(c, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// validNameCharacter allows letters and digits of any script. Marks count as
// parts of letters: many scripts write vowels with them. What is invisible
// would make two names of two folders look the same.
func validNameCharacter(c rune) bool {
	return unicode.In(c, unicode.L, unicode.M, unicode.Nd) && !invisible(c) || strings.ContainsRune(" ._-", c)
}

// hasControlCharacters reports whether s has anything that a terminal, a
// spreadsheet or a page could take for more than text: control characters,
// invisible format characters, line separators, invalid UTF-8.
func hasControlCharacters(s string) bool {
	if !utf8.ValidString(s) {
		return true
	}
	for _, c := range s {
		if c >= 0x20 && c < 0x7f {
			continue
		}
		if unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co) && c != '\u200d' && c != '\u200c' {
			return true
		}
	}
	return false
}
