package embedded

import (
	"sort"
	"strings"
)

// listing asks for one page of a bucket.
type listing struct {
	prefix    string
	delimiter string
	after     string // keys up to and including this one are left out
	limit     int
}

// page is the answer to a listing. Entries and prefixes are each in order and
// together not more than the limit.
type page struct {
	entries  []entry
	prefixes []string
	last     string // what to list after for the next page; empty on the last one
}

// group returns the common prefix that stands for a key, if it is rolled up
// into one.
func (l listing) group(key string) (string, bool) {
	if l.delimiter == "" || !strings.HasPrefix(key, l.prefix) {
		return "", false
	}
	i := strings.Index(key[len(l.prefix):], l.delimiter)
	if i < 0 {
		return "", false
	}
	return key[:len(l.prefix)+i+len(l.delimiter)], true
}

// list returns one page. A common prefix costs one search, however many keys
// it stands for.
func (x *index) list(l listing) page {
	x.mu.RLock()
	defer x.mu.RUnlock()
	at := x.seek(func(key string) bool { return key >= l.prefix && key > l.after })
	if group, ok := l.group(l.after); ok && group == l.after {
		at = x.seekPast(group) // the page before ended with this group
	}
	var p page
	last := ""
	for at.valid(x) && strings.HasPrefix(at.entry(x).key, l.prefix) {
		if len(p.entries)+len(p.prefixes) == l.limit {
			p.last = last
			break
		}
		e := at.entry(x)
		if group, ok := l.group(e.key); ok {
			p.prefixes, last = append(p.prefixes, group), group
			at = x.seekPast(group)
			continue
		}
		p.entries, last = append(p.entries, e), e.key
		at = at.next(x)
	}
	return p
}

// position is a place in an index; it holds only while the index is locked.
type position struct{ block, i int }

func (p position) valid(x *index) bool  { return p.block < len(x.blocks) }
func (p position) entry(x *index) entry { return x.blocks[p.block][p.i] }

func (p position) next(x *index) position {
	if p.i++; p.i == len(x.blocks[p.block]) {
		return position{block: p.block + 1}
	}
	return p
}

// seek returns the first position whose key satisfies reached, which must be
// false for all keys before some point and true from there on.
func (x *index) seek(reached func(key string) bool) position {
	block := sort.Search(len(x.blocks), func(b int) bool {
		return reached(x.blocks[b][len(x.blocks[b])-1].key)
	})
	if block == len(x.blocks) {
		return position{block: block}
	}
	i := sort.Search(len(x.blocks[block]), func(i int) bool {
		return reached(x.blocks[block][i].key)
	})
	return position{block, i}
}

// seekPast returns the first position behind all keys that begin with prefix.
func (x *index) seekPast(prefix string) position {
	return x.seek(func(key string) bool {
		return key > prefix && !strings.HasPrefix(key, prefix)
	})
}
