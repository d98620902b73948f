package store

import "gorm.io/gorm"

// Pools gives tests the connections: to write, to read pages, to read
// snapshots. On PostgreSQL the first two are one.
func (s *Store) Pools() (write, read, stream *gorm.DB) { return s.db.Pools() }

// OnSent has fn told of each query that goes past GORM.
func (s *Store) OnSent(fn func(query string, args []any)) { s.sent = fn }

// ExportBatch is how many rows of a list are read at once.
const ExportBatch = exportBatch

// HoldExports lets no export go on until release is called.
func (s *Store) HoldExports() (release func()) {
	for range exportsAtOnce {
		s.exports <- struct{}{}
	}
	return func() {
		for range exportsAtOnce {
			<-s.exports
		}
	}
}
