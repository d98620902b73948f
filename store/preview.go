package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

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
