package store

import (
	"context"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// SnapshotReader reads one state of a license: its fields and counters at
// once, its resources as a stream. It is valid only within ReadSnapshot.
type SnapshotReader struct {
	usage.Snapshot
	stream *db.Stream
}

// ReadSnapshot runs fn on one state of the license that a run is about, read
// in a single transaction: all files of the run agree. ErrLost means that the
// report was deleted. An error of fn comes back as it is: it may be one of the
// network, and must not be taken for one of the database.
func (s *Store) ReadSnapshot(ctx context.Context, run usage.Run, generatedAt time.Time, fn func(*SnapshotReader) error) error {
	var failed error
	err := s.db.Stream(ctx, func(st *db.Stream) error {
		tx := st.Tx
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
		importing, err := importedInto(tx, generatedAt)
		if err != nil {
			return err
		}
		snapshot := usage.Snapshot{Report: r, License: l, Consumption: c, GeneratedAt: db.UTC(generatedAt).Truncate(time.Second), Importing: importing[l.ID]}
		failed = fn(&SnapshotReader{Snapshot: snapshot, stream: st})
		return failed
	})
	if failed != nil {
		return failed
	}
	return err
}

// Snapshots returns, by run, what the summaries of many runs are made of,
// read in a single transaction with a few queries in all: runs of one license
// share what is read of it. A run whose report was deleted is missing.
func (s *Store) Snapshots(ctx context.Context, runs []usage.Run, generatedAt time.Time) (map[string]usage.Snapshot, error) {
	snapshots := make(map[string]usage.Snapshot, len(runs))
	err := s.db.Snapshot(ctx, func(tx *gorm.DB) error {
		tx = db.Uninterrupted(ctx, tx)
		reports, err := liveReports(tx, reportsOfRuns(runs))
		if err != nil {
			return err
		}
		licenses, err := licensesOf(tx, reports)
		if err != nil {
			return err
		}
		importing, err := importedInto(tx, generatedAt)
		if err != nil {
			return err
		}
		for _, run := range runs {
			r, live := reports[run.ReportID]
			if !live {
				continue
			}
			snapshot := licenses[r.LicenseID]
			r.Name, r.Types = run.ReportName, run.Types
			snapshot.Report, snapshot.GeneratedAt, snapshot.Importing = r, db.UTC(generatedAt).Truncate(time.Second), importing[r.LicenseID]
			snapshots[run.ID] = snapshot
		}
		return nil
	})
	return snapshots, err
}

// liveReports returns what a file tells of those of the reports that were not
// deleted, by id.
func liveReports(tx *gorm.DB, ids []string) (map[string]usage.Report, error) {
	cells := func(r *usage.Report) []any { return []any{&r.ID, &r.ARN, &r.Name, &r.LicenseID, &r.Types} }
	rows, err := db.Scan(tx, cells, "SELECT id, arn, name, license_id, types FROM reports WHERE id IN ? AND deleted_at IS NULL", db.AnyOf(ids))
	if err != nil {
		return nil, err
	}
	reports := make(map[string]usage.Report, len(rows))
	for _, r := range rows {
		reports[r.ID] = r
	}
	return reports, nil
}

// licensesOf returns the licenses of reports with what is consumed of them,
// by id.
func licensesOf(tx *gorm.DB, reports map[string]usage.Report) (map[string]usage.Snapshot, error) {
	var ids []string
	for _, r := range reports {
		ids = append(ids, r.LicenseID)
	}
	ids = unique(ids)
	var licenses []usage.License
	if err := tx.Find(&licenses, "id IN ?", db.AnyOf(ids)).Error; err != nil {
		return nil, err
	}
	consumed, err := consumptions(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[string]usage.Snapshot, len(licenses))
	for _, l := range licenses {
		out[l.ID] = usage.Snapshot{License: l, Consumption: consumed[l.ID]}
	}
	return out, nil
}

// reportOfRun returns the report as the run publishes it: under the name that
// it had when the run was created.
func reportOfRun(tx *gorm.DB, run usage.Run) (usage.Report, error) {
	var r usage.Report
	if err := tx.Take(&r, "id = ?", run.ReportID).Error; err != nil {
		return usage.Report{}, db.Translate(fmt.Errorf("usage report %s: %w", run.ReportID, err))
	}
	if r.Deleted() {
		return usage.Report{}, lost(run)
	}
	r.Name, r.Types = run.ReportName, run.Types
	return r, nil
}

// WriteRows writes a row for every associated resource: the prefix and its
// stored line (see usage.AppendResourceLine), in the order of resource ids. It
// returns how many they are. An error of w comes back as it is.
func (r *SnapshotReader) WriteRows(w io.Writer, prefix []byte) (rows int64, err error) {
	out := &refusing{w: w}
	rows, err = r.stream.WriteLines(out, prefix, "SELECT line FROM associations WHERE license_id = ? ORDER BY resource_id", r.License.ID)
	if out.err != nil {
		return rows, out.err
	}
	return rows, db.Translate(err)
}

// refusing remembers why what was written was refused: it is no error of the
// database.
type refusing struct {
	w   io.Writer
	err error
}

func (r *refusing) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	r.err = err
	return n, err
}

// PreviewReport returns the beginning of every file that a usage report would
// publish at now, with up to limit rows of each, and changes nothing. The
// report need not be saved: r.ID is empty for a new one. What is wrong with
// the fields comes as usage.FieldErrors, as it would when it is saved.
func (s *Store) PreviewReport(ctx context.Context, r usage.Report, now time.Time, limit int) ([]usage.Preview, error) {
	prepareReport(&r, db.UTC(now))
	var previews []usage.Preview
	err := s.db.Snapshot(ctx, func(tx *gorm.DB) error {
		keepLicense := ""
		if r.ID != "" {
			stored, err := report(tx, r.ID)
			if err != nil {
				return err
			}
			r.ARN, keepLicense = stored.ARN, stored.LicenseID
		}
		if err := reportProblems(tx, r, keepLicense); err != nil {
			return err
		}
		snapshot, lines, err := previewSnapshot(tx, r, limit)
		if err != nil {
			return err
		}
		snapshot.GeneratedAt = db.UTC(now).Truncate(time.Second)
		for _, t := range r.Types {
			p, err := usage.NewPreview(snapshot, t, s.account, lines)
			if err != nil {
				return err
			}
			previews = append(previews, p)
		}
		return nil
	})
	return previews, err
}

// previewSnapshot reads the license of a report and its first resources.
func previewSnapshot(tx *gorm.DB, r usage.Report, limit int) (usage.Snapshot, [][]byte, error) {
	snapshot := usage.Snapshot{Report: r}
	var err error
	if snapshot.License, err = license(tx, r.LicenseID); err != nil {
		return snapshot, nil, err
	}
	if snapshot.Consumption, err = consumption(tx, r.LicenseID); err != nil {
		return snapshot, nil, err
	}
	var rows []struct{ Line []byte }
	first := "SELECT line FROM associations WHERE license_id = ? ORDER BY resource_id LIMIT ?"
	if err := tx.Raw(first, r.LicenseID, limit).Scan(&rows).Error; err != nil {
		return snapshot, nil, err
	}
	lines := make([][]byte, len(rows))
	for i, row := range rows {
		lines[i] = row.Line
	}
	return snapshot, lines, nil
}
