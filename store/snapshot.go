package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// SnapshotReader reads one state of a license: its fields and counters at
// once, its resources as a stream. It is valid only within ReadSnapshot.
type SnapshotReader struct {
	usage.Snapshot
	stream *stream
}

// ReadSnapshot runs fn on one state of the license that a run is about, read
// in a single transaction: all files of the run agree. ErrLost means that the
// report was deleted. An error of fn comes back as it is: it may be one of the
// network, and must not be taken for one of the database.
func (s *Store) ReadSnapshot(ctx context.Context, run usage.Run, generatedAt time.Time, fn func(*SnapshotReader) error) error {
	var failed error
	err := s.inStream(ctx, func(st *stream) error {
		tx := st.tx
		r, err := reportOfRun(tx, run)
		if err != nil {
			return err
		}
		l, err := license(tx, r.LicenseID)
		if err != nil {
			return err
		}
		c, err := consumption(tx, l.ID)
		if err != nil {
			return err
		}
		snapshot := usage.Snapshot{Report: r, License: l, Consumption: c, GeneratedAt: utc(generatedAt).Truncate(time.Second)}
		failed = fn(&SnapshotReader{Snapshot: snapshot, stream: st})
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}

// reportOfRun returns the report as the run publishes it: under the name that
// it had when the run was created.
func reportOfRun(tx *gorm.DB, run usage.Run) (usage.Report, error) {
	var r usage.Report
	if err := tx.Take(&r, "id = ?", run.ReportID).Error; err != nil {
		return usage.Report{}, translate(fmt.Errorf("usage report %s: %w", run.ReportID, err))
	}
	if r.Deleted() {
		return usage.Report{}, lost(run)
	}
	r.Name, r.Types = run.ReportName, run.Types
	return r, nil
}

// Lines calls fn with the stored line of every associated resource (see
// usage.AppendResourceLine), in the order of resource ids. The bytes are valid
// until fn returns.
func (r *SnapshotReader) Lines(fn func(line []byte) error) error {
	return translate(r.stream.column("SELECT line FROM associations WHERE license_id = ? ORDER BY resource_id", r.License.ID, fn))
}
