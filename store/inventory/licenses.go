package inventory

import (
	"cmp"
	"maps"
	"slices"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/usage"
)

// namesRemembered is how many names of licenses are remembered with what they
// mean; a file may have a million wrong ones.
const namesRemembered = 10_000

// licenses are those that the rows of one transaction have met.
type licenses struct {
	tx     *gorm.DB
	lock   string // SQL that keeps a license as it is until the transaction ends
	byID   map[string]*license
	byName map[string]*license // by name or id as written; nil: there is none
}

// license is a license with what an import does to its consumption.
type license struct {
	usage.License
	Used  int64             // licenses consumed before
	delta usage.Consumption // added by the import
	peak  int64             // the most that was added, in the order of resource IDs
	named bool              // by a row, or for the file

	number int // counts those that were met
}

func newLicenses(tx *gorm.DB) *licenses {
	return &licenses{tx: tx, byID: map[string]*license{}, byName: map[string]*license{}}
}

// lockedLicenses are licenses that stay as they are until tx ends.
func (im *Importer) lockedLicenses(tx *gorm.DB) *licenses {
	ls := newLicenses(tx)
	ls.lock = im.db.ForUpdate("")
	return ls
}

// limited reports whether an import must not pass the license's count.
func (l *license) limited() bool { return l.HardLimit && l.Count != nil }

// after returns the licenses consumed after the rows counted so far.
func (l *license) after() int64 { return l.Used + l.delta.Consumed() }

// find returns the license with that name, whatever the case, or id; nil if
// there is none.
func (ls *licenses) find(text string) (l *license, err error) {
	if l, known := ls.byName[text]; known {
		return l, nil
	}
	if usage.IsLicenseID(text) {
		l, err = ls.withID(text)
	}
	if l == nil && err == nil {
		l, err = ls.read("name_key = ?", usage.FoldName(store.Normalize(text)))
	}
	if err != nil {
		return nil, err
	}
	if len(ls.byName) >= namesRemembered {
		clear(ls.byName)
	}
	ls.byName[text] = l
	return l, nil
}

// withID returns the license with an id; nil if there is none.
func (ls *licenses) withID(id string) (*license, error) {
	if l := ls.byID[id]; l != nil {
		return l, nil
	}
	return ls.read("id = ?", id)
}

func (ls *licenses) read(condition, value string) (*license, error) {
	var l license
	if err := ls.tx.Raw("SELECT * FROM licenses WHERE "+condition+ls.lock, value).Scan(&l).Error; err != nil || l.ID == "" {
		return nil, err
	}
	if met := ls.byID[l.ID]; met != nil {
		return met, nil
	}
	l.delta, l.number = usage.Consumption{}, len(ls.byID)
	ls.byID[l.ID] = &l
	return &l, nil
}

// sorted returns the licenses by id, the order in which all transactions take
// their locks.
func (ls *licenses) sorted() []*license {
	return slices.SortedFunc(maps.Values(ls.byID), func(a, b *license) int { return cmp.Compare(a.ID, b.ID) })
}
