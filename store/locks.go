package store

import (
	"fmt"

	"gorm.io/gorm"
)

// associationsLock is the key of PostgreSQL's advisory lock on all
// associations: "assoc" in ASCII.
const associationsLock = 0x6173736f63

// walKept is how many bytes of write-ahead log SQLite keeps after a large
// transaction.
const walKept = 64 << 20

// lockForImport makes tx the only one that changes resources or associations:
// an import touches so many rows that no order of locking rows would do, and
// an association made beside it could keep what the import just changed.
func (s *Store) lockForImport(tx *gorm.DB) error {
	if s.dialect == postgresDialect {
		return tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(associationsLock)).Error
	}
	return tx.Exec(fmt.Sprintf("PRAGMA journal_size_limit = %d", walKept)).Error
}

// shareAssociations keeps imports out while tx changes associations. It comes
// before the lock of any row. SQLite has only one writer anyway.
func (s *Store) shareAssociations(tx *gorm.DB) error {
	if s.dialect != postgresDialect {
		return nil
	}
	return tx.Exec("SELECT pg_advisory_xact_lock_shared(?)", int64(associationsLock)).Error
}
