package usage

import (
	"database/sql/driver"
	"fmt"
	"slices"
	"time"
)

// ReportType is a kind of file that a usage report publishes.
type ReportType string

// The report types (AWS: LicenseConfigurationSummaryReport and
// LicenseConfigurationUsageReport).
const (
	Summary       ReportType = "summary"
	ResourceUsage ReportType = "resource-usage"
)

// ReportTypes is a set of report types, in the order Summary, ResourceUsage.
// The database keeps it as a bit set: 1 summary, 2 resource usage.
type ReportTypes []ReportType

// AllReportTypes returns both report types.
func AllReportTypes() ReportTypes { return ReportTypes{Summary, ResourceUsage} }

// Valid reports whether t is one of the two report types.
func (t ReportType) Valid() bool { return t.Bit() != 0 }

// Bit returns the bit of t in the stored set, 0 for an unknown type.
func (t ReportType) Bit() int64 {
	switch t {
	case Summary:
		return 1
	case ResourceUsage:
		return 2
	default:
		return 0
	}
}

// Label returns the full words shown for t.
func (t ReportType) Label() string {
	switch t {
	case Summary:
		return "Self-managed license summary report"
	case ResourceUsage:
		return "Resource usage report"
	default:
		return "Unknown report type"
	}
}

// ShortLabel returns the words shown for t in a table.
func (t ReportType) ShortLabel() string {
	switch t {
	case Summary:
		return "Summary"
	case ResourceUsage:
		return "Resource usage"
	default:
		return "Unknown"
	}
}

// Has reports whether the set contains t.
func (ts ReportTypes) Has(t ReportType) bool { return slices.Contains(ts, t) }

// Value gives the stored form.
func (ts ReportTypes) Value() (driver.Value, error) {
	var bits int64
	for _, t := range ts {
		bits |= t.Bit()
	}
	return bits, nil
}

// Scan reads the stored form.
func (ts *ReportTypes) Scan(src any) error {
	bits, ok := src.(int64)
	if !ok {
		return fmt.Errorf("report types: cannot read %T", src)
	}
	*ts = nil
	for _, t := range AllReportTypes() {
		if bits&t.Bit() != 0 {
			*ts = append(*ts, t)
		}
	}
	return nil
}

// GormDataType tells GORM the column type.
func (ReportTypes) GormDataType() string { return "bigint" }

// ReportStatus is the state of a usage report as shown to users.
type ReportStatus string

// The states. All but Overdue are stored; Overdue follows from the clock.
const (
	ReportPending    ReportStatus = "pending"     // waits for its first report, or for one after an edit
	ReportInProgress ReportStatus = "in-progress" // a run is being published
	ReportSucceeded  ReportStatus = "succeeded"   // the last run was published
	ReportFailed     ReportStatus = "failed"      // the last attempt failed
	ReportPaused     ReportStatus = "paused"      // generates nothing until resumed
	ReportOverdue    ReportStatus = "overdue"     // its next report is more than OverdueAfter late
)

// ReportStatuses lists all states in the order of a filter.
func ReportStatuses() []ReportStatus {
	return []ReportStatus{ReportPending, ReportInProgress, ReportSucceeded, ReportFailed, ReportPaused, ReportOverdue}
}

// Label returns the words shown for s.
func (s ReportStatus) Label() string {
	switch s {
	case ReportPending:
		return "Pending"
	case ReportInProgress:
		return "In progress"
	case ReportSucceeded:
		return "Succeeded"
	case ReportFailed:
		return "Failed"
	case ReportPaused:
		return "Paused"
	case ReportOverdue:
		return "Overdue"
	default:
		return "Unknown"
	}
}

// OverdueAfter is how late a report may be before it counts as overdue.
const OverdueAfter = time.Hour

// Report is a usage report: what is published about one license, and when.
// A deleted one keeps its row, so that its bookmark still finds an answer.
type Report struct {
	ID            string `gorm:"primaryKey"`
	ARN           string `gorm:"column:arn"`
	Name          string // NFC; the folder in the bucket
	NameKey       string // FoldName(Name); unique among reports that are not deleted
	Description   string
	LicenseID     string
	Types         ReportTypes
	Frequency     Frequency
	Status        ReportStatus
	Failure       string     // why the last attempt failed, in plain words; empty otherwise
	GridStart     time.Time  // moment from which the grid of later reports counts
	NextRunAt     *time.Time // next slot of the grid; nil while paused or deleted
	LastReportAt  *time.Time // when the last files were published
	Version       int64      // counts edits; guards against two at once
	CreatedAt     time.Time
	CreatedBy     string
	UpdatedAt     time.Time
	UpdatedBy     string
	DeletedAt     *time.Time
	DeletedBy     string
	CreationToken string `gorm:"default:null"` // of the form that created it: a double submit gives one report
	Tags          []Tag  `gorm:"-"`
}

// Edited reports whether r was changed after its creation.
func (r Report) Edited() bool { return r.Version > 1 }

// Deleted reports whether r was deleted.
func (r Report) Deleted() bool { return r.DeletedAt != nil }

// StatusAt returns the state of r as users see it at now.
func (r Report) StatusAt(now time.Time) ReportStatus {
	late := r.NextRunAt != nil && now.Sub(*r.NextRunAt) > OverdueAfter
	if late && r.Status != ReportPaused && r.Status != ReportInProgress {
		return ReportOverdue
	}
	return r.Status
}

// Folder returns the prefix in the bucket under which r publishes now.
func (r Report) Folder() string { return Folder(r.Name) }

// Same reports whether what a user may change is the same in other.
func (r Report) Same(other Report) bool {
	sameTypes := len(r.Types) == len(other.Types) && !slices.ContainsFunc(r.Types, func(t ReportType) bool { return !other.Types.Has(t) })
	return r.Name == other.Name && r.Description == other.Description && r.LicenseID == other.LicenseID && sameTypes &&
		r.Frequency == other.Frequency && slices.Equal(r.Tags, other.Tags)
}

// Validate checks every field that can be judged without a database.
func (r Report) Validate() FieldErrors {
	var errs FieldErrors
	add := func(field, message string) {
		if message != "" {
			errs.Add(field, message)
		}
	}
	add("name", reportNameProblem(r.Name))
	add("description", descriptionProblem(r.Description))
	if r.LicenseID == "" {
		add("license", "Choose a self-managed license.")
	}
	add("type", r.Types.problem())
	if !r.Frequency.Valid() {
		add("frequency", "Choose a frequency.")
	}
	return append(errs, ValidateTags(r.Tags)...)
}

func (ts ReportTypes) problem() string {
	if len(ts) == 0 {
		return "Choose at least one report type."
	}
	for i, t := range ts {
		if !t.Valid() || ts[:i].Has(t) { // made up: each type gives one file
			return "Choose the summary report, the resource usage report, or both."
		}
	}
	return ""
}

// DuplicateReportName is the message for a name that another report has.
func DuplicateReportName(name string) string {
	return fmt.Sprintf("A usage report named “%s” already exists.", name)
}
