package inventory

import (
	"cmp"
	"slices"

	"license-manager/store/usage"
)

// entry is a resource of an import with the licenses that it uses: as it is
// stored, and as the rows read so far make it.
type entry struct {
	id       string
	rows     []row // of the file
	known    bool  // it is stored
	stored   usage.Resource
	resource usage.Resource
	uses     []use
}

// use is the use of a license by a resource.
type use struct {
	usage.Association
	license *license
	stored  usage.Association // empty if it is new
}

// entriesOf groups rows without problems by their resources.
func entriesOf(rows []row) []entry {
	var entries []entry
	for i := range rows {
		if len(rows[i].problems) > 0 {
			continue
		}
		if id := rows[i].Resource.ID; len(entries) == 0 || entries[len(entries)-1].id != id {
			entries = append(entries, entry{id: id})
		}
		last := &entries[len(entries)-1]
		last.rows = append(last.rows, rows[i])
	}
	return entries
}

func findEntry(entries []entry, id string) *entry {
	i, found := slices.BinarySearchFunc(entries, id, func(e entry, id string) int { return cmp.Compare(e.id, id) })
	if !found {
		return nil
	}
	return &entries[i]
}

// attributesChanged reports whether attributes differ from what is stored.
func (e *entry) attributesChanged() bool {
	a, b := &e.stored, &e.resource
	return !e.known || a.Type != b.Type || a.Status != b.Status || a.OwnerAccountID != b.OwnerAccountID ||
		a.ARN != b.ARN || a.Region != b.Region || a.Platform != b.Platform || a.InstanceType != b.InstanceType || a.Tenancy != b.Tenancy ||
		!sameCount(a.VCPUs, b.VCPUs) || !sameCount(a.Cores, b.Cores) ||
		!sameCount(a.Sockets, b.Sockets) || !sameCount(a.ThreadsPerCore, b.ThreadsPerCore)
}

// changed reports whether anything differs from what is stored.
func (e *entry) changed() bool {
	return e.attributesChanged() || slices.ContainsFunc(e.uses, func(u use) bool { return u.changed() })
}

func (u *use) changed() bool {
	return u.stored.LicenseID == "" || u.stored.Consumed != u.Consumed || u.stored.ResourceType != u.ResourceType ||
		!sameCount(u.stored.Given, u.Given)
}

// growth is how many licenses more than stored the resource consumes.
func (u *use) growth() int64 { return u.Consumed - u.stored.Consumed }

// use returns the use of a license, nil if there is none.
func (e *entry) use(l *license) *use {
	for i := range e.uses {
		if e.uses[i].license == l {
			return &e.uses[i]
		}
	}
	return nil
}

// count adds the resource to the counters of its licenses, in the place of what
// is stored of it.
func (e *entry) count() {
	for i := range e.uses {
		u := &e.uses[i]
		if !u.changed() {
			continue
		}
		if u.stored.LicenseID != "" {
			u.license.delta.Add(u.stored.ResourceType, -1, -u.stored.Consumed)
		}
		u.license.delta.Add(u.ResourceType, 1, u.Consumed)
		u.license.peak = max(u.license.peak, u.license.delta.Consumed())
	}
}

func sameCount(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
