package usage

import "time"

// Trigger is why a run exists.
type Trigger string

// The triggers.
const (
	TriggerCreated   Trigger = "created"   // the first run of a new report
	TriggerEdited    Trigger = "edited"    // after an edit
	TriggerScheduled Trigger = "scheduled" // a slot of the grid
	TriggerManual    Trigger = "manual"    // "Generate report now"
	TriggerRetried   Trigger = "retried"   // a failed run, started again by a user
)

// Label returns the words shown for t.
func (t Trigger) Label() string {
	switch t {
	case TriggerCreated:
		return "Created"
	case TriggerEdited:
		return "Edited"
	case TriggerScheduled:
		return "Schedule"
	case TriggerManual:
		return "Manual"
	case TriggerRetried:
		return "Retry"
	default:
		return "Unknown"
	}
}

// RunState is where a run stands.
type RunState string

// The states of a run.
const (
	RunPending   RunState = "pending"   // waits for a worker
	RunRunning   RunState = "running"   // held by a worker under a lease
	RunSucceeded RunState = "succeeded" // every file is in the bucket
	RunFailed    RunState = "failed"    // the last attempt failed; another follows if NextAttemptAt is set
	RunCanceled  RunState = "canceled"  // given up: its report was paused, deleted or superseded
)

// Run is one generation of a usage report. The runs are the queue of the
// publisher and the history of the report.
type Run struct {
	ID            string `gorm:"primaryKey"` // 16 hex
	ReportID      string
	ReportName    string // as it was when the run was created: its folder
	Types         ReportTypes
	Trigger       Trigger
	ScheduledFor  time.Time // the moment that dates its keys
	State         RunState
	Attempts      int        // attempts begun
	NextAttemptAt *time.Time // when it may be claimed; nil when done or given up
	LeaseUntil    *time.Time // until when the worker's claim holds
	Claim         string     // of the worker that holds or held it; new with every claim
	CreatedAt     time.Time
	StartedAt     *time.Time // begin of the last attempt
	FinishedAt    *time.Time // end of the last attempt
	Large         bool       // reads so many resources that it takes a lane of its own
	BesideImport  bool       // an import into its license took too long to wait for
	FailureCode   string     // e.g. AccessDenied
	Failure       string     // the reason in plain words
	Files         []File     `gorm:"-"`
}

// Open reports whether r is still to be published.
func (r Run) Open() bool {
	return r.State == RunPending || r.State == RunRunning || r.State == RunFailed && r.NextAttemptAt != nil
}

// RetryDelay returns how long after its n-th failed attempt (counted from 1)
// a run is tried again, and false once it is given up until the next slot.
func RetryDelay(n int) (time.Duration, bool) {
	delays := [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	if n < 1 || n > len(delays) {
		return 0, false
	}
	return delays[n-1], true
}

// WithFiles returns r with the files that it is to publish, one of each type.
// Their keys follow from the run, so that one that is repeated writes the same
// ones; their figures are known once they are published.
func (r Run) WithFiles() Run {
	r.Files = make([]File, len(r.Types))
	for i, t := range r.Types {
		r.Files[i] = File{RunID: r.ID, Type: t, ReportID: r.ReportID, Key: Key(r.ReportName, r.ScheduledFor, t, r.ID)}
	}
	return r
}

// File is one file of a run. It is stored once it is published.
type File struct {
	RunID        string     `gorm:"primaryKey"`
	Type         ReportType `gorm:"primaryKey"`
	ReportID     string
	Bucket       string // empty until published
	Key          string
	LicenseID    string // of the snapshot; empty until published
	Rows         int64  // data rows, without the header
	Size         int64  // bytes
	PublishedAt  *time.Time
	Consumed     int64  // licenses consumed in the snapshot
	LicenseCount *int64 // the license count in the snapshot; nil without a limit
	DurationMS   int64  `gorm:"column:duration_ms"` // of snapshot and upload, milliseconds

	// CompareDueAt is from when on the resources are to be compared with those
	// of the file before; nil if they were, or never are.
	CompareDueAt *time.Time
	// ComparedWith is the run of the file before; empty while it is not known
	// how they differ.
	ComparedWith            string
	Added, Removed, Changed int64 // resources, against that file
}

// SetDifference records how the resources differ from those of an earlier file.
func (f *File) SetDifference(earlier File, count DifferenceCount) {
	f.ComparedWith, f.Added, f.Removed, f.Changed = earlier.RunID, count.Added, count.Removed, count.Changed
}

// Difference is how the resources differ from those of the file of another
// run; false if that was not counted.
func (f File) Difference(earlier File) (DifferenceCount, bool) {
	c := DifferenceCount{Added: f.Added, Removed: f.Removed, Changed: f.Changed}
	c.Same = f.Rows - c.Added - c.Changed
	return c, f.ComparedWith != "" && f.ComparedWith == earlier.RunID
}

// Published reports whether the file is in the bucket.
func (f File) Published() bool { return f.PublishedAt != nil }
