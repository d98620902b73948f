package store

import (
	"license-manager/store/usage"
)

// importEntry is a resource of an import with the licenses that it uses: as it
// is stored, and as the rows read so far make it.
type importEntry struct {
	id       string
	known    bool // it is stored
	rows     int  // of the file that are right
	stored   usage.Resource
	resource usage.Resource
	uses     []importUse
}

// importUse is the use of a license by a resource.
type importUse struct {
	usage.Association
	license *importLicense
	stored  usage.Association // empty if it is new
}

// reset makes e the entry of a resource that is not known.
func (e *importEntry) reset(id string) {
	clear(e.uses)
	*e = importEntry{id: id, uses: e.uses[:0]}
}

// changed reports whether attributes differ from what is stored.
func (e *importEntry) changed() bool {
	a, b := &e.stored, &e.resource
	return !e.known || a.Type != b.Type || a.Status != b.Status || a.OwnerAccountID != b.OwnerAccountID ||
		a.ARN != b.ARN || a.Region != b.Region || a.Platform != b.Platform || a.InstanceType != b.InstanceType || a.Tenancy != b.Tenancy ||
		!sameCount(a.VCPUs, b.VCPUs) || !sameCount(a.Cores, b.Cores) ||
		!sameCount(a.Sockets, b.Sockets) || !sameCount(a.ThreadsPerCore, b.ThreadsPerCore)
}

// usesChanged reports whether the use of any license differs from what is
// stored.
func (e *importEntry) usesChanged() bool {
	for i := range e.uses {
		if e.uses[i].changed() {
			return true
		}
	}
	return false
}

func (u *importUse) changed() bool {
	return u.stored.LicenseID == "" || u.stored.Consumed != u.Consumed || u.stored.ResourceType != u.ResourceType ||
		!sameCount(u.stored.Given, u.Given)
}

// use returns the use of a license, nil if there is none.
func (e *importEntry) use(l *importLicense) *importUse {
	for i := range e.uses {
		if e.uses[i].license == l {
			return &e.uses[i]
		}
	}
	return nil
}

func sameCount(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
