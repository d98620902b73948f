package store

import (
	"context"
	"slices"
	"strings"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// ResourceSearch looks for resources by what their ids or ARNs begin with.
type ResourceSearch struct {
	Text    string // as it is typed, in lower or in upper case
	Account string // of one account; empty for all
	Limit   int
}

// SearchResources returns the first resources that are found, the one with just
// that id before all others, and how many there are, counted up to CountBound +
// 1. It reads ranges of indexes, of which it sees no more than it returns and
// counts: a part of a text would be looked for in all resources.
func (s *Store) SearchResources(ctx context.Context, q ResourceSearch) ([]ResourceRow, int64, error) {
	found, err := s.firstInRanges(ctx, q.ranges(), q.Limit)
	if err != nil {
		return nil, 0, db.Translate(err)
	}
	total := int64(len(found))
	if len(found) == q.Limit {
		ids, args := q.condition()
		if total, err = s.countResources(ctx, ids, args...); err != nil {
			return nil, 0, err
		}
	}
	rows, err := s.withLicenses(ctx, found, ResourceQuery{})
	return rows, total, db.Translate(err)
}

// firstInRanges reads resources until there are enough.
func (s *Store) firstInRanges(ctx context.Context, ranges []idRange, limit int) ([]usage.Resource, error) {
	var found []usage.Resource
	for _, r := range ranges {
		if len(found) == limit {
			break
		}
		var rows []usage.Resource
		query := "SELECT * FROM resources WHERE id IN (SELECT id FROM (" + r.ids + ") part)"
		if err := s.db.Query(ctx).Raw(query, append(slices.Clone(r.args), limit-len(found))...).Scan(&rows).Error; err != nil {
			return nil, err
		}
		slices.SortFunc(rows, func(a, b usage.Resource) int { return strings.Compare(a.ID, b.ID) })
		found = append(found, rows...)
	}
	return found, nil
}

// condition selects the ids of all ranges, of each as many as are counted.
func (q ResourceSearch) condition() (ids string, args []any) {
	var parts []string
	for _, r := range q.ranges() {
		parts = append(parts, "SELECT * FROM ("+r.ids+") part")
		args = append(append(args, r.args...), CountBound+1)
	}
	return strings.Join(parts, " UNION ALL "), args
}

// idRange is a query for ids out of one range of an index, without its limit.
type idRange struct {
	ids  string
	args []any
}

// ranges are where the search looks, one after the other. None has a resource
// of another.
func (q ResourceSearch) ranges() []idRange {
	var ids, arns []idRange
	apart := ""
	var others []any
	for _, text := range q.spellings() {
		ids = append(ids, q.byID(text))
		apart += " AND NOT (resources.id >= ? AND resources.id < ?)"
		others = append(others, text, beyond(text))
	}
	for _, text := range q.spellings() {
		if strings.HasPrefix(text, "arn:") {
			arns = append(arns, q.byARN(text, apart, others))
		}
	}
	return append(ids, arns...)
}

// spellings are the text as it is typed, and in one case throughout.
func (q ResourceSearch) spellings() []string {
	all := []string{q.Text}
	for _, text := range []string{strings.ToLower(q.Text), strings.ToUpper(q.Text)} {
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}

func (q ResourceSearch) byID(text string) idRange {
	if q.Account == "" {
		return idRange{"SELECT id FROM resources WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", []any{text, beyond(text)}}
	}
	return idRange{"SELECT id FROM resources WHERE owner_account_id = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?", []any{q.Account, text, beyond(text)}}
}

// accountsFirst finds the accounts that have resources, one after the other in
// the index, since reading all of it would take as long as there are resources.
const accountsFirst = `WITH RECURSIVE accounts (id) AS (
	SELECT min(owner_account_id) FROM resources
	UNION ALL
	SELECT (SELECT min(n.owner_account_id) FROM resources n WHERE n.owner_account_id > accounts.id) FROM accounts WHERE accounts.id IS NOT NULL
) `

// byARN needs an account for its index; those of all are asked in turn.
func (q ResourceSearch) byARN(text, apart string, others []any) idRange {
	const begins = "arn <> '' AND arn >= ? AND arn < ?"
	args := append([]any{text, beyond(text)}, others...)
	if q.Account == "" {
		return idRange{accountsFirst + "SELECT resources.id FROM accounts account CROSS JOIN resources WHERE owner_account_id = account.id AND " + begins + apart + " LIMIT ?", args}
	}
	return idRange{"SELECT id FROM resources WHERE owner_account_id = ? AND " + begins + apart + " ORDER BY arn LIMIT ?", append([]any{q.Account}, args...)}
}
