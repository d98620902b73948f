package store

import (
	"cmp"
	"slices"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// namesRemembered is how many names of licenses are remembered with what they
// mean; a file may have a million wrong ones.
const namesRemembered = 10_000

// importLicenses are the licenses that an import has met.
type importLicenses struct {
	tx     *gorm.DB
	writer *importWriter // of the same transaction; may be nil
	lock   string        // SQL that keeps a license as it is until the transaction ends
	byID   map[string]*importLicense
	byName map[string]*importLicense // by name or id as written; nil: there is none
}

// importLicense is a license with what an import does to its consumption.
type importLicense struct {
	usage.License
	number  int               // counts those met
	before  int64             // licenses consumed before
	delta   usage.Consumption // added by the import
	isNamed bool              // by a row, or for the file
}

func newImportLicenses(tx *gorm.DB, s *Store, w *importWriter) *importLicenses {
	ls := &importLicenses{tx: tx, writer: w, byID: map[string]*importLicense{}, byName: map[string]*importLicense{}}
	if w != nil && s.db.Postgres() {
		ls.lock = " FOR SHARE"
	}
	return ls
}

// limited reports whether an import must not pass the license's count.
func (l *importLicense) limited() bool { return l.HardLimit && l.Count != nil }

// after returns the licenses consumed after the rows read so far.
func (l *importLicense) after() int64 { return l.before + l.delta.Consumed() }

// named returns the license with that name, whatever the case, or id; nil if
// there is none.
func (ls *importLicenses) named(text string) (*importLicense, error) {
	if l, known := ls.byName[text]; known {
		return l, nil
	}
	var l *importLicense
	var err error
	if usage.IsLicenseID(text) {
		l, err = ls.find("id = ?", text)
	}
	if l == nil && err == nil {
		l, err = ls.find("name_key = ?", usage.FoldName(normalize(text)))
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

// withID returns a license that an association names.
func (ls *importLicenses) withID(id string) (*importLicense, error) {
	if l := ls.byID[id]; l != nil {
		return l, nil
	}
	return ls.find("id = ?", id)
}

func (ls *importLicenses) find(condition, value string) (*importLicense, error) {
	if err := ls.writer.wait(); err != nil {
		return nil, err
	}
	var l usage.License
	if err := ls.tx.Raw("SELECT * FROM licenses WHERE "+condition+ls.lock, value).Scan(&l).Error; err != nil || l.ID == "" {
		return nil, err
	}
	if met := ls.byID[l.ID]; met != nil {
		return met, nil
	}
	before, err := consumption(ls.tx, l.ID)
	if err != nil {
		return nil, err
	}
	ls.byID[l.ID] = &importLicense{License: l, number: len(ls.byID), before: before.Consumed(), delta: usage.Consumption{}}
	return ls.byID[l.ID], nil
}

// sorted returns the licenses by id, the order in which all transactions take
// their locks.
func (ls *importLicenses) sorted() []*importLicense {
	all := make([]*importLicense, 0, len(ls.byID))
	for _, l := range ls.byID {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b *importLicense) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// changes returns what the import means for the licenses that it names or
// changes, by name.
func (ls *importLicenses) changes() []LicenseChange {
	var changes []LicenseChange
	for _, l := range ls.byID {
		if l.isNamed || l.after() != l.before {
			changes = append(changes, LicenseChange{License: l.License, Before: l.before, After: l.after()})
		}
	}
	slices.SortFunc(changes, func(a, b LicenseChange) int { return cmp.Compare(a.License.NameKey, b.License.NameKey) })
	return changes
}
