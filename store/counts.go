package store

import "context"

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
	if n.Reports, err = s.count(ctx, "SELECT 1 FROM reports WHERE deleted_at IS NULL"); err != nil {
		return n, err
	}
	if n.Sample, err = s.SampleLoaded(ctx); err != nil {
		return n, err
	}
	n.Licenses, err = s.count(ctx, "SELECT 1 FROM licenses")
	return n, err
}
