package store

import (
	"context"
	"slices"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// exportBatch is how many rows of a list are read at once. Between two batches
// no transaction is open: whoever takes the rows may take as long as it likes.
const exportBatch = 500

// EachReport calls fn with all usage reports that q selects and their tags, a
// batch at a time, in the order of q. What is changed meanwhile may be missing,
// come twice, or come as it is by then, wherever that puts it in the order; all
// others come once.
func (s *Store) EachReport(ctx context.Context, q ReportQuery, fn func([]ReportRow) error) error {
	q.Beside = Beside{} // all, on whatever page
	for {
		rows, err := s.reportRows(ctx, q, exportBatch, 0)
		if err != nil {
			return db.Translate(err)
		}
		if err := s.addTags(ctx, len(rows), func(i int) (string, *[]usage.Tag) { return rows[i].ID, &rows[i].Tags }); err != nil {
			return db.Translate(err)
		}
		if err := fn(rows); err != nil || len(rows) < exportBatch {
			return err
		}
		q.place = q.placeOf(rows[len(rows)-1])
	}
}

// EachLicense is EachReport for self-managed licenses. Their order follows from
// what is counted, which no index knows: their ids are noted first.
func (s *Store) EachLicense(ctx context.Context, q LicenseQuery, fn func([]LicenseRow) error) error {
	ids, err := s.licenseIDs(ctx, q)
	if err != nil {
		return db.Translate(err)
	}
	for batch := range slices.Chunk(ids, exportBatch) {
		rows, err := s.licensesInOrder(ctx, batch)
		if err != nil {
			return db.Translate(err)
		}
		if err := s.addTags(ctx, len(rows), func(i int) (string, *[]usage.Tag) { return rows[i].ID, &rows[i].Tags }); err != nil {
			return db.Translate(err)
		}
		if err := fn(rows); err != nil {
			return err
		}
	}
	return nil
}

// licensesInOrder reads licenses in the order of their ids as given.
func (s *Store) licensesInOrder(ctx context.Context, ids []string) ([]LicenseRow, error) {
	var rows []LicenseRow
	if err := s.db.Query(ctx).Raw(licenseRows+" WHERE l.id IN ?", db.AnyOf(ids)).Scan(&rows).Error; err != nil {
		return nil, err
	}
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(rows, func(a, b LicenseRow) int { return at[a.ID] - at[b.ID] })
	return rows, nil
}

// EachResource is EachReport for resources.
func (s *Store) EachResource(ctx context.Context, q ResourceQuery, fn func([]ResourceRow) error) error {
	q.Beside = Beside{}
	for {
		rows, err := s.resourceRows(ctx, q, exportBatch, 0)
		if err != nil {
			return db.Translate(err)
		}
		if err := fn(rows); err != nil || len(rows) < exportBatch {
			return err
		}
		q.place = q.placeOf(rows[len(rows)-1])
	}
}

// resourcePlace is where a resource is in the order of a list.
func (s *Store) resourcePlace(ctx context.Context, q ResourceQuery, id string) ([]any, error) {
	o := q.order()
	if o.column == "" {
		return []any{id}, nil
	}
	o.key = "r.id"
	return s.place(ctx, o, "resources r", "r.id", id)
}

// addTags reads the tags of a batch of licenses or reports.
func (s *Store) addTags(ctx context.Context, n int, owner func(i int) (id string, tags *[]usage.Tag)) error {
	ids := make([]string, n)
	for i := range n {
		ids[i], _ = owner(i)
	}
	found, err := s.TagsOf(ctx, ids)
	for i := range n {
		id, tags := owner(i)
		*tags = found[id]
	}
	return err
}
