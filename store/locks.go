package store

import (
	"gorm.io/gorm"

	"license-manager/store/usage"
)

// associationsLock is the key of PostgreSQL's advisory lock on all
// associations: "assoc" in ASCII.
const associationsLock = 0x6173736f63

// LockAssociations makes tx the only one that changes resources or associations: a
// slice of an import touches so many rows that no order of locking rows would do, and
// an association made beside it could keep what the import just changed.
func (s *Store) LockAssociations(tx *gorm.DB) error {
	if !s.db.Postgres() {
		return nil // it is the only writer anyway
	}
	return tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(associationsLock)).Error
}

// shareAssociations keeps imports out while tx changes associations. It comes
// before the lock of any row.
func (s *Store) shareAssociations(tx *gorm.DB) error {
	if !s.db.Postgres() {
		return nil // as above
	}
	return tx.Exec("SELECT pg_advisory_xact_lock_shared(?)", int64(associationsLock)).Error
}

// lockReport makes tx the only one that changes a report or its runs, and
// returns the report's status, empty if there is no such report. Whoever
// changes either begins with it: then what is read after it still holds when
// it is written, and locks are always taken in the order report, runs, or
// report, license.
func (s *Store) lockReport(tx *gorm.DB, id string) (usage.ReportStatus, error) {
	var status usage.ReportStatus
	err := tx.Raw(s.db.ForUpdate("SELECT status FROM reports WHERE id = ?"), id).Scan(&status).Error
	return status, err
}

// lockReports is lockReport for several, in the order of their ids, so that
// two who lock the same ones never wait for each other.
func (s *Store) lockReports(tx *gorm.DB, ids []string) error {
	return s.db.LockRows(tx, "reports", ids)
}

// lockResources makes other transactions wait that associate one of the
// resources with another license: each would count the licenses that the
// resource uses without those of the other. They are locked in the order of
// their ids, after the license.
func (s *Store) lockResources(tx *gorm.DB, ids []string) error {
	return s.db.LockRows(tx, "resources", ids)
}
