package usage

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of tags, as in AWS.
const (
	MaxTags           = 50
	MaxTagKeyLength   = 128
	MaxTagValueLength = 256
)

// Tag is a label of a license or a usage report.
type Tag struct {
	Key   string
	Value string
}

// ValidateTags checks tags and returns an error per field. Fields are named
// tag_key.N and tag_value.N, where N counts from 0; the limit on their number
// is reported under "tags".
func ValidateTags(tags []Tag) FieldErrors {
	var errs FieldErrors
	if n := len(tags); n > MaxTags {
		errs.Add("tags", fmt.Sprintf("You can add up to %d tags. Remove %d.", MaxTags, n-MaxTags))
	}
	seen := make(map[string]bool, len(tags))
	for i, tag := range tags {
		if m := tagKeyProblem(tag, seen); m != "" {
			errs.Add(fmt.Sprintf("tag_key.%d", i), m)
		}
		if m := tagValueProblem(tag.Value); m != "" {
			errs.Add(fmt.Sprintf("tag_value.%d", i), m)
		}
		seen[tag.Key] = true
	}
	return errs
}

func tagKeyProblem(tag Tag, seen map[string]bool) string {
	switch key := tag.Key; {
	case key == "":
		return fmt.Sprintf("Enter a key for the value “%s”.", tag.Value)
	case utf8.RuneCountInString(key) > MaxTagKeyLength:
		return fmt.Sprintf("Key must be %d characters or fewer.", MaxTagKeyLength)
	case !tagCharacters(key):
		return tagCharactersMessage
	case strings.HasPrefix(strings.ToLower(key), "aws:"):
		return "Key can’t start with “aws:”."
	case seen[key]:
		return fmt.Sprintf("Key “%s” is used more than once.", key)
	default:
		return ""
	}
}

func tagValueProblem(value string) string {
	switch {
	case utf8.RuneCountInString(value) > MaxTagValueLength:
		return fmt.Sprintf("Value must be %d characters or fewer.", MaxTagValueLength)
	case !tagCharacters(value):
		return tagCharactersMessage
	default:
		return ""
	}
}

const tagCharactersMessage = "Use letters, numbers, spaces, and _ . : / = + - @."

// tagCharacters reports whether s has only the characters that AWS allows in
// tags: \p{L} \p{Z} \p{N} _ . : / = + - @. Marks are allowed too, since words
// of many scripts are made of letters and marks.
func tagCharacters(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, c := range s {
		if !unicode.In(c, unicode.L, unicode.Z, unicode.N, unicode.M) && !strings.ContainsRune("_.:/=+-@", c) {
			return false
		}
	}
	return true
}
