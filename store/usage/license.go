package usage

import (
	"fmt"
	"slices"
	"time"
)

// CountingType is what a license counts. It is fixed after creation.
type CountingType string

// The counting types, in AWS's own words.
const (
	CountVCPU     CountingType = "vCPU"
	CountInstance CountingType = "Instance"
	CountCore     CountingType = "Core"
	CountSocket   CountingType = "Socket"
)

// CountingTypes lists all counting types in the order of the form.
func CountingTypes() []CountingType {
	return []CountingType{CountVCPU, CountCore, CountSocket, CountInstance}
}

// Valid reports whether t is one of the four counting types.
func (t CountingType) Valid() bool { return t.Unit(2) != "" }

// Label returns the name of t as shown, e.g. "vCPUs".
func (t CountingType) Label() string {
	switch t {
	case CountVCPU:
		return "vCPUs"
	case CountInstance:
		return "Instances"
	case CountCore:
		return "Cores"
	case CountSocket:
		return "Sockets"
	default:
		return ""
	}
}

// Unit returns the unit of n licenses within a sentence, e.g. "1 core" has
// the unit "core" and "2 cores" the unit "cores".
func (t CountingType) Unit(n int64) string {
	var one string
	switch t {
	case CountVCPU:
		one = "vCPU"
	case CountInstance:
		one = "instance"
	case CountCore:
		one = "core"
	case CountSocket:
		one = "socket"
	default:
		return ""
	}
	if n == 1 {
		return one
	}
	return one + "s"
}

// LicenseStatus is whether a license is in use.
type LicenseStatus string

// The states of a license. A deactivated one takes no new associations and
// no new usage reports.
const (
	LicenseAvailable   LicenseStatus = "available"
	LicenseDeactivated LicenseStatus = "deactivated"
)

// License is a self-managed license (AWS: license configuration).
type License struct {
	ID             string `gorm:"primaryKey"`
	ARN            string `gorm:"column:arn"`
	Name           string
	NameKey        string // FoldName(Name); unique
	Description    string
	CountingType   CountingType
	Count          *int64 `gorm:"column:license_count"` // nil: tracked without a limit
	HardLimit      bool   // refuse associations that would pass Count
	Rules          Rules
	ExpiresAt      *time.Time // the day it expires, as midnight UTC; nil = never
	Status         LicenseStatus
	OwnerAccountID string
	Version        int64 // counts edits
	CreatedAt      time.Time
	CreatedBy      string
	UpdatedAt      time.Time
	UpdatedBy      string
	LimitReachedAt *time.Time // the forecast of when consumption comes to Count; nil if there is none, or it is over it
	ForecastWeeks  int        // whole weeks of reports that the forecast looked at
	ForecastAt     *time.Time // when the forecast was made; nil: not since the last edit
	CreationToken  string     `gorm:"default:null"` // of the form that created it
	Tags           []Tag      `gorm:"-"`
}

// Expired reports whether the license has expired at now.
func (l License) Expired(now time.Time) bool { return l.ExpiresAt != nil && !now.Before(*l.ExpiresAt) }

// Deactivated reports whether the license is deactivated.
func (l License) Deactivated() bool { return l.Status == LicenseDeactivated }

// OverLimit reports whether consumed licenses pass the license count.
func (l License) OverLimit(consumed int64) bool { return l.Count != nil && consumed > *l.Count }

// Available returns how many licenses are left, never below 0, and false if
// there is no limit.
func (l License) Available(consumed int64) (int64, bool) {
	if l.Count == nil {
		return 0, false
	}
	return max(0, *l.Count-consumed), true
}

// Same reports whether what a user may change is the same in other.
func (l License) Same(other License) bool {
	sameCount := l.Count == nil && other.Count == nil || l.Count != nil && other.Count != nil && *l.Count == *other.Count
	sameExpiry := l.ExpiresAt == nil && other.ExpiresAt == nil || l.ExpiresAt != nil && other.ExpiresAt != nil && l.ExpiresAt.Equal(*other.ExpiresAt)
	return l.Name == other.Name && l.Description == other.Description && sameCount && l.HardLimit == other.HardLimit &&
		slices.Equal(l.Rules, other.Rules) && sameExpiry && slices.Equal(l.Tags, other.Tags)
}

// Validate checks every field that can be judged without a database.
func (l License) Validate() FieldErrors {
	var errs FieldErrors
	add := func(field, message string) {
		if message != "" {
			errs.Add(field, message)
		}
	}
	add("name", licenseNameProblem(l.Name))
	add("description", descriptionProblem(l.Description))
	if !l.CountingType.Valid() {
		add("counting_type", "Choose a license type.")
	}
	if l.Count != nil {
		add("license_count", countProblem(*l.Count))
	}
	if l.HardLimit && l.Count == nil && l.CountingType.Valid() {
		add("license_count", fmt.Sprintf("Enter the number of %s to enforce a limit.", l.CountingType.Unit(2)))
	}
	errs = append(errs, l.Rules.Validate(l.CountingType)...)
	return append(errs, ValidateTags(l.Tags)...)
}

// DuplicateLicenseName is the message for a name that another license has.
func DuplicateLicenseName(name string) string {
	return fmt.Sprintf("A self-managed license named “%s” already exists.", name)
}

// LimitError refuses associations that would pass a hard limit.
type LimitError struct {
	License   string // name
	Unit      CountingType
	Needed    int64 // licenses that the associations would add
	Available int64 // licenses that are left
}

// Error says what is needed and what is available.
func (e *LimitError) Error() string {
	return fmt.Sprintf("“%s” enforces its limit: %d %s needed, %d available.",
		e.License, e.Needed, e.Unit.Unit(e.Needed), e.Available)
}
