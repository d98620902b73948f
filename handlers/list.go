package handlers

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
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

// setPages tells the list how many rows match, which may be counted up to
// store.CountBound + 1 only. It reports whether the page is beyond the last
// one: the list is then at the last one, whose rows are still to be read.
func setPages(l *views.List, total int64, rows int) (beyond bool) {
	size := int64(l.Rows())
	l.More = total > store.CountBound
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
	if rows > 0 || l.Page == 1 {
		return false
	}
	l.Page = l.Pages
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
