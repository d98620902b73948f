// Package sample makes the estate of a small company, for a first look at the
// console: licenses of all counting types, the resources that use them, usage
// reports, and what these would have published in the months before.
//
// Everything but the random identifiers follows from the account and the moment.
package sample

import (
	"slices"
	"strings"
	"time"

	"license-manager/store/usage"
)

// By is who has made and changed the estate, as its pages show it.
const By = "Sample data"

// Every license and usage report of the estate carries a tag of this key, and the
// id of every resource begins with the prefix.
const (
	TagKey         = "sample-data"
	ResourcePrefix = "sample-"
)

// Tag marks every license and usage report of the estate.
func Tag() usage.Tag { return usage.Tag{Key: TagKey, Value: "true"} }

// Options say for whom and when an estate is made.
type Options struct {
	Account usage.Account
	Now     time.Time
}

// Estate is everything that the sample data consists of.
type Estate struct {
	Licenses     []usage.License
	Resources    []usage.Resource
	Associations []usage.Association // with their lines
	Reports      []Report
	past         []use // of all resources, also of those that are gone, in the order of a file
	options      Options
}

// Report is a usage report with its history, the oldest run first.
type Report struct {
	usage.Report
	Runs []usage.Run // with files, whose figures Render tells
}

// use is an association for some time.
type use struct {
	usage.Association
	until time.Time // zero: to this day
}

// at reports whether the resource used the license at a moment.
func (u use) at(t time.Time) bool {
	return !u.AssociatedAt.After(t) && (u.until.IsZero() || u.until.After(t))
}

// New makes an estate.
func New(o Options) *Estate {
	o.Now = o.Now.UTC().Truncate(time.Second)
	e := &Estate{options: o}
	e.addLicenses()
	e.addMachines()
	slices.SortFunc(e.past, func(a, b use) int {
		return strings.Compare(a.LicenseID+a.ResourceID, b.LicenseID+b.ResourceID)
	})
	for _, u := range e.past {
		if u.until.IsZero() {
			e.Associations = append(e.Associations, u.Association)
		}
	}
	e.addReports()
	return e
}

// Consumption is what a license's resources take of it at a moment.
func (e *Estate) Consumption(licenseID string, t time.Time) usage.Consumption {
	c := usage.Consumption{}
	for _, u := range e.past {
		if u.LicenseID == licenseID && u.at(t) {
			c.Add(u.ResourceType, 1, u.Consumed)
		}
	}
	return c
}
