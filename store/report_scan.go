package store

// reportColumns are those of a usage report in a list, in the order of its
// cells.
const reportColumns = `r.id, r.arn, r.name, r.description, r.license_id, r.types, r.frequency, r.status, r.failure, r.next_run_at,
	r.last_report_at, r.created_at, r.created_by, r.updated_at, r.updated_by, l.name`

// cells are where the columns of a row of a list go.
func (r *ReportRow) cells() []any {
	return []any{
		&r.ID, &r.ARN, &r.Name, &r.Description, &r.LicenseID, &r.Types, &r.Frequency, &r.Status, &r.Failure, &r.NextRunAt,
		&r.LastReportAt, &r.CreatedAt, &r.CreatedBy, &r.UpdatedAt, &r.UpdatedBy, &r.LicenseName,
	}
}
