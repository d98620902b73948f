package store

import "database/sql"

// reportColumns are those of a usage report in a list, in the order in which
// scanReports reads them.
const reportColumns = `r.id, r.arn, r.name, r.description, r.license_id, r.types, r.frequency, r.status, r.failure, r.next_run_at,
	r.last_report_at, r.created_at, r.created_by, r.updated_at, r.updated_by, l.name`

// scanReports reads the rows of a list into variables of their types, which
// GORM finds out anew for each value of each row.
func scanReports(rows *sql.Rows) (reports []ReportRow, err error) {
	defer rows.Close() //nolint:errcheck // Err below tells
	for rows.Next() {
		var r ReportRow
		err := rows.Scan(&r.ID, &r.ARN, &r.Name, &r.Description, &r.LicenseID, &r.Types, &r.Frequency, &r.Status, &r.Failure, &r.NextRunAt,
			&r.LastReportAt, &r.CreatedAt, &r.CreatedBy, &r.UpdatedAt, &r.UpdatedBy, &r.LicenseName)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, rows.Err()
}
