package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// lastPage is the highest page that a URL can ask for.
const lastPage = 1_000_000

// readList is the state of a list as the URL tells it, without its filter.
// What the URL has that the list does not know stands at its default. The
// order is the sort that needs no parameter.
func readList(c echo.Context, path, order string, sorts ...string) views.List {
	l := views.List{Path: path, Sort: order, Order: order, Page: 1}
	if sort := c.QueryParam("sort"); slices.Contains(sorts, strings.TrimPrefix(sort, "-")) {
		l.Sort = sort
	}
	if page, err := strconv.Atoi(c.QueryParam("page")); err == nil && page > 1 && page <= lastPage {
		l.Page = page
	}
	if size, err := strconv.Atoi(c.QueryParam("size")); err == nil && slices.Contains(views.PageSizes(), size) {
		l.Size = size
	}
	return l
}

// numbered is how many rows pages by number reach: the index passes over them
// one by one. Beyond, a page is found from the row beside it.
const numbered = store.CountBound

// readBeside reads beside which row the page is, if the URL says so.
func readBeside(c echo.Context, l *views.List) {
	if l.Page == 1 {
		return
	}
	if l.After = bounded(c.QueryParam("after"), rowIDLength); l.After == "" {
		l.Before = bounded(c.QueryParam("before"), rowIDLength)
	}
}

// besideOf tells the store.
func besideOf(l views.List) store.Beside { return store.Beside{After: l.After, Before: l.Before} }

// rowIDLength is the longest id of a row, in characters.
const rowIDLength = 512

// setBeside tells the list how the pages beside it are reached, by the ids of
// its first and last row.
func setBeside(l *views.List, first, last string) {
	if l.Page*l.Rows() >= numbered {
		l.Last = last
	}
	if (l.Page-1)*l.Rows() > numbered {
		l.First = first
	}
}

// setPages tells the list how many rows match, which may be counted up to
// store.CountBound + 1 only. It reports whether the page is beyond the last
// one, or before the first: the list is then at that, whose rows are still to
// be read.
func setPages(l *views.List, total int64, rows int) (beyond bool) {
	size := int64(l.Rows())
	l.Found, l.More = total, total > store.CountBound
	l.Pages = max(int((min(total, store.CountBound)+size-1)/size), 1)
	if l.Filtered() {
		l.Matches = counted(total) + " matches"
		if total == 1 {
			l.Matches = "1 match"
		}
	}
	if l.More && l.Page >= l.Pages && rows > 0 { // beyond what was counted
		l.Pages, l.More = l.Page, rows == int(size)
	}
	switch {
	case l.Before != "" && rows < int(size): // there are fewer before it than there were
		l.Page, l.After, l.Before = 1, "", ""
		return total > 0
	case rows > 0 || l.Page == 1:
		l.Page = min(l.Page, l.Pages)
		return false
	}
	l.Page, l.After, l.Before = l.Pages, "", ""
	return total > 0
}

// counted is a number of rows for people: 12, or 10,000+ where counting ended.
func counted(n int64) string {
	if n > store.CountBound {
		return views.Number(store.CountBound) + "+"
	}
	return views.Number(n)
}

// oneOf returns the value if it is one of those allowed, else nothing.
func oneOf[T ~string](value string, allowed []T) string {
	if slices.Contains(allowed, T(value)) {
		return value
	}
	return ""
}

// searchLength is how many characters a list is searched for; databases take
// no pattern of any length.
const searchLength = 200

// searchText is what the URL searches for.
func searchText(c echo.Context) string {
	text := []rune(strings.TrimSpace(c.QueryParam("q")))
	return string(text[:min(len(text), searchLength)])
}

// backTo is the list at path as the reader left it, with its filter and page,
// if the request comes from there.
func backTo(c echo.Context, path string) string {
	from, err := url.Parse(c.Request().Referer())
	if err != nil || from.Host != c.Request().Host || from.Path != path {
		return path
	}
	return localPath(from.RequestURI(), path)
}

// bounded returns text, nothing if it is longer than any that is stored.
func bounded(text string, characters int) string {
	if len(text) > 4*characters {
		return ""
	}
	return text
}

// plainAccount is an account as it is stored, if text is one as pages show it.
func plainAccount(text string) string {
	id := strings.ReplaceAll(text, "-", "")
	if usage.IsAccountID(id) && text == views.Account(id) {
		return id
	}
	return text
}

// preferred makes a list look as its reader chose.
func (h *Console) preferred(c echo.Context, l *views.List) error {
	p, err := h.store.ListPreferences(c.Request().Context(), CurrentUser(c).ID, strings.TrimPrefix(l.Path, "/"))
	if err != nil {
		return err
	}
	l.Preferences, l.Usual, l.Compact, l.OneLine = true, p.PageSize, p.Compact, p.OneLine
	if p.Columns != "" {
		l.Shown = strings.Split(p.Columns, ",")
	}
	return nil
}
