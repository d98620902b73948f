package usage

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// Frequency is how often a usage report is generated: fixed intervals, not
// calendar months or local days. The database stores it as a number of days, so
// that it is sorted by its length.
type Frequency string

// The frequencies (AWS: DAY, WEEK, MONTH of a report generator).
const (
	Every24Hours Frequency = "24h"
	Every7Days   Frequency = "7d"
	Every30Days  Frequency = "30d"
)

// Frequencies lists all frequencies, shortest first.
func Frequencies() []Frequency { return []Frequency{Every24Hours, Every7Days, Every30Days} }

// Valid reports whether f is one of the three frequencies.
func (f Frequency) Valid() bool { return f.Interval() > 0 }

// Interval returns the time between two reports, 0 for an unknown frequency.
func (f Frequency) Interval() time.Duration {
	switch f {
	case Every24Hours:
		return 24 * time.Hour
	case Every7Days:
		return 7 * 24 * time.Hour
	case Every30Days:
		return 30 * 24 * time.Hour
	default:
		return 0
	}
}

// Value gives the stored form.
func (f Frequency) Value() (driver.Value, error) { return int64(f.Interval() / (24 * time.Hour)), nil }

// Scan reads the stored form.
func (f *Frequency) Scan(src any) error {
	days, ok := src.(int64)
	if !ok {
		return fmt.Errorf("frequency: cannot read %T", src)
	}
	*f = ""
	for _, known := range Frequencies() {
		if known.Interval() == time.Duration(days)*24*time.Hour {
			*f = known
		}
	}
	return nil
}

// GormDataType tells GORM the column type.
func (Frequency) GormDataType() string { return "bigint" }

// Label returns the words shown for f, e.g. "Once every 24 hours".
func (f Frequency) Label() string { return "Once every " + f.ShortLabel() }

// ShortLabel returns the words shown for f in a table, e.g. "24 hours".
func (f Frequency) ShortLabel() string {
	switch f {
	case Every24Hours:
		return "24 hours"
	case Every7Days:
		return "7 days"
	case Every30Days:
		return "30 days"
	default:
		return "unknown interval"
	}
}

// RunsPerYear returns how many reports f gives in 365 days, rounded down.
func (f Frequency) RunsPerYear() int {
	if !f.Valid() {
		return 0
	}
	return int(365 * 24 * time.Hour / f.Interval())
}

// Next returns the first slot of the grid that began at start which lies
// strictly after now. Slots that passed meanwhile are not made up for: the
// next one is on the original grid.
func (f Frequency) Next(start, now time.Time) time.Time {
	interval := f.Interval()
	if interval == 0 || now.Before(start) {
		return start
	}
	return now.Add(interval - now.Sub(start)%interval)
}

// Last returns the latest slot of the grid that began at start which is not
// after now; start itself if now lies before it.
func (f Frequency) Last(start, now time.Time) time.Time {
	next := f.Next(start, now)
	if next.Equal(start) {
		return start
	}
	return next.Add(-f.Interval())
}
