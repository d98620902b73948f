package views

import (
	"net/url"
	"strconv"
)

// List is the state of a list page as its URL tells it. It builds the links that change one thing and keep the rest.
type List struct {
	Path   string  // "/usage-reports"
	Params []Param // what is filtered, in a fixed order, without sort, page and size
	Kept   []Param // what else the page shows, kept in every link
	Sort   string  // the sorted column, with "-" before it for descending: "-last-report"
	Order  string  // the Sort that needs no parameter
	Page   int     // from 1
	Pages  int     // how many there are
	Found  int64   // rows that the filter found, as far as they were counted
	More   bool    // there are more rows than pages show
	Size   int     // rows per page; 0 where the default stands

	Preferences bool     // the reader can choose how the list looks: the rest of these
	Usual       int      // rows per page where the URL says nothing; 0 for the usual number
	Shown       []string // keys of the columns; nil for the usual ones
	Compact     bool
	OneLine     bool

	Exports bool // the list can be downloaded at ExportURL

	Beginnings bool   // the search looked only at what ids and ARNs begin with, since all would take too long
	Matches    string // how many rows the filter found: "12 matches", "10,000+ matches"; "" when nothing is filtered
}

// Param is a name and a value of a query.
type Param struct {
	Name, Value string
}

// Param returns the value of a filter, "" if it is not set.
func (l List) Param(name string) string {
	for _, param := range l.Params {
		if param.Name == name {
			return param.Value
		}
	}
	return ""
}

// Filtered reports whether any filter is set.
func (l List) Filtered() bool {
	for _, param := range l.Params {
		if param.Value != "" {
			return true
		}
	}
	return false
}

// URL is the address of this list, page and all.
func (l List) URL() string { return l.PageURL(l.Page) }

// PageURL is the address of another page of the same list.
func (l List) PageURL(page int) string { return l.build(l.Sort, page) }

// ExportURL is the address of the CSV file with all rows of the list, on whatever page.
func (l List) ExportURL() string {
	l.Path, l.Size = l.Path+".csv", 0
	return l.PageURL(1)
}

// PreferencesURL is the address of the dialog in which the reader chooses how the list looks.
func (l List) PreferencesURL() string {
	l.Path += "/preferences"
	return l.URL()
}

// sized reports whether the URL tells how many rows a page has.
func (l List) sized() bool { return l.Size > 0 && l.Size != l.usual() }

// SortURL is the address of the first page sorted by a column: ascending, or descending if it is ascending now.
func (l List) SortURL(column string) string {
	if l.Sort == column {
		return l.build("-"+column, 1)
	}
	return l.build(column, 1)
}

// ClearURL is the address without any filter.
func (l List) ClearURL() string {
	l.Params = nil
	return l.build(l.Sort, 1)
}

// sorted is the value of aria-sort for a column.
func (l List) sorted(column string) string {
	switch {
	case l.Sort == column:
		return "ascending"
	case len(l.Sort) == len(column)+1 && l.Sort[0] == '-' && l.Sort[1:] == column:
		return "descending"
	}
	return "none"
}

func (l List) build(sort string, page int) string {
	b := append(make([]byte, 0, 96), l.Path...)
	start := len(b)
	for _, param := range append(l.Params[:len(l.Params):len(l.Params)], l.Kept...) {
		b = appendParam(b, start, param.Name, param.Value)
	}
	if sort != l.Order {
		b = appendParam(b, start, "sort", sort)
	}
	if page > 1 {
		b = appendParam(b, start, "page", strconv.Itoa(page))
	}
	if l.sized() {
		b = appendParam(b, start, "size", strconv.Itoa(l.Size))
	}
	return string(b)
}

// appendParam appends name=value to a URL whose query begins at start; empty values are left out.
func appendParam(b []byte, start int, name, value string) []byte {
	if value == "" {
		return b
	}
	separator := byte('&')
	if len(b) == start {
		separator = '?'
	}
	b = append(append(b, separator), name...)
	return append(append(b, '='), url.QueryEscape(value)...)
}
