package store_test

import (
	"strings"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
)

func TestSearchResources(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		importFile(t, s, `resource_id,resource_type,resource_arn,resource_owner_id
i-1,RDS,arn:aws:rds:eu-central-1:012345678901:db:One,012345678901
i-10,RDS,,012345678901
I-2,RDS,arn:x,210987654321
i-3,RDS,arn:x,012345678901
arn:x,RDS,arn:x,210987654321
Mixed,RDS,,012345678901
`)
		for _, c := range []struct {
			text, account string
			limit         int
			want          string
			total         int64
		}{
			{"i-", "", 9, "i-1 i-10 i-3 I-2", 4},
			{"I-", "", 9, "I-2 i-1 i-10 i-3", 4},
			{"I-", "", 2, "I-2 i-1", 4},
			{"i-", "", 4, "i-1 i-10 i-3 I-2", 4},
			{"i-", "012345678901", 9, "i-1 i-10 i-3", 3},
			{"i-", "012345678901", 1, "i-1", 3},
			{"arn:x", "", 9, "arn:x I-2 i-3", 3},
			{"arn:x", "", 1, "arn:x", 3},
			{"arn:x", "012345678901", 9, "i-3", 1},
			{"ARN:AWS", "", 9, "i-1", 1},
			{"arn:aws:rds:eu-central-1:012345678901:db:One", "012345678901", 9, "i-1", 1},
			{"Mix", "", 9, "Mixed", 1},
			{"%", "", 9, "", 0},
			{"ß\U0010ffff", "", 9, "", 0},
		} {
			rows, total, err := s.SearchResources(t.Context(), store.ResourceSearch{Text: c.text, Account: c.account, Limit: c.limit})
			var ids []string
			for _, row := range rows {
				ids = append(ids, row.ID)
			}
			if got := strings.Join(ids, " "); got != c.want || total != c.total || err != nil {
				t.Errorf("%q in %q, %d at most: %q of %d, want %q of %d, %v", c.text, c.account, c.limit, got, total, c.want, c.total, err)
			}
		}
	})
}
