package store

import (
	"context"

	"license-manager/store/db"
)

// Counts is how much there is of everything, each counted up to
// CountBound + 1.
type Counts struct {
	Licenses  int64
	Resources int64 // that the list of tracked resources shows
	Reports   int64
	Sample    bool // whether there is sample data
}

// Counts counts what the lists show without a filter. Resources of other
// accounts count only where cross-account inventory search is on.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	var n Counts
	settings, err := s.Settings(ctx)
	if err != nil {
		return n, err
	}
	account := s.account.ID
	if settings.CrossAccount {
		account = ""
	}
	if n.Resources, err = s.CountResources(ctx, account); err != nil {
		return n, err
	}
	if n.Reports, err = s.CountReports(ctx); err != nil {
		return n, err
	}
	if n.Sample, err = s.SampleLoaded(ctx); err != nil {
		return n, err
	}
	err = s.db.Query(ctx).Raw("SELECT count(*) FROM (SELECT 1 FROM licenses LIMIT ?) t", CountBound+1).Scan(&n.Licenses).Error
	return n, db.Translate(err)
}
