package usage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store/usage"
)

const tagCharacters = "Use letters, numbers, spaces, and _ . : / = + - @."

func TestValidateTags(t *testing.T) {
	t.Parallel()
	for _, tags := range [][]usage.Tag{
		nil,
		{{"team", "billing"}, {"Team", "billing"}}, // keys differ by case, as in AWS
		{{"empty value", ""}},
		{{"_.:/=+-@", "_.:/=+-@"}, {"Größe 報告書 ٣ Ⅷ ½", "हिन्दी"}, {"\u00a0", "\u3000"}},
		{{"awsome", "aws:x"}, {"my:aws:key", ""}},
		{{strings.Repeat("é", 128), strings.Repeat("é", 256)}},
		many(50),
	} {
		if errs := usage.ValidateTags(tags); errs != nil {
			t.Errorf("%.80v: %v", tags, errs)
		}
	}
}

func TestValidateTagsRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tags []usage.Tag
		want usage.FieldErrors
	}{
		{[]usage.Tag{{"", "billing"}}, usage.FieldErrors{{"tag_key.0", "Enter a key for the value “billing”."}}},
		{[]usage.Tag{{strings.Repeat("é", 129), ""}}, usage.FieldErrors{{"tag_key.0", "Key must be 128 characters or fewer."}}},
		{[]usage.Tag{{"a", strings.Repeat("é", 257)}}, usage.FieldErrors{{"tag_value.0", "Value must be 256 characters or fewer."}}},
		{[]usage.Tag{{"a,b", "c"}, {"d", "<e>"}}, usage.FieldErrors{{"tag_key.0", tagCharacters}, {"tag_value.1", tagCharacters}}},
		{[]usage.Tag{{"a\x00", "b\n"}, {"\xff", "\u200b"}}, usage.FieldErrors{
			{"tag_key.0", tagCharacters}, {"tag_value.0", tagCharacters}, {"tag_key.1", tagCharacters}, {"tag_value.1", tagCharacters},
		}},
		{[]usage.Tag{{"aws:x", ""}, {"AWS:y", ""}, {"aws:", ""}}, usage.FieldErrors{
			{"tag_key.0", "Key can’t start with “aws:”."}, {"tag_key.1", "Key can’t start with “aws:”."}, {"tag_key.2", "Key can’t start with “aws:”."},
		}},
		{[]usage.Tag{{"a", "1"}, {"b", "2"}, {"a", "3"}, {"a", "4"}}, usage.FieldErrors{
			{"tag_key.2", "Key “a” is used more than once."}, {"tag_key.3", "Key “a” is used more than once."},
		}},
		{many(51), usage.FieldErrors{{"tags", "You can add up to 50 tags. Remove 1."}}},
		{many(60), usage.FieldErrors{{"tags", "You can add up to 50 tags. Remove 10."}}},
	} {
		if diff := cmp.Diff(c.want, usage.ValidateTags(c.tags)); diff != "" {
			t.Errorf("%.80v (-want +got):\n%s", c.tags, diff)
		}
	}
}

// many are n good tags.
func many(n int) []usage.Tag {
	tags := make([]usage.Tag, n)
	for i := range tags {
		tags[i].Key = fmt.Sprintf("key %d", i)
	}
	return tags
}
