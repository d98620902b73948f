package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"license-manager/views"
)

// readTags takes the pairs of tag_key and tag_value.
func readTags(fields url.Values) []views.TagRow {
	keys, values := fields["tag_key"], fields["tag_value"]
	tags := make([]views.TagRow, max(len(keys), len(values)))
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
func editTags(tags *[]views.TagRow, intent string) bool {
	if intent == "add-tag" {
		*tags = append(*tags, views.TagRow{})
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
func filledTags(tags []views.TagRow) []views.TagRow {
	return slices.DeleteFunc(tags, func(tag views.TagRow) bool {
		return strings.TrimSpace(tag.Key) == "" && strings.TrimSpace(tag.Value) == ""
	})
}
