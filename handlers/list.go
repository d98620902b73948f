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
// order is the sort that needs no parameter; columns tell the others.
func readList(c echo.Context, path, order string, columns []views.ListColumn) views.List {
	l := views.List{Path: path, Sort: order, Order: order, Page: 1}
	sort := c.QueryParam("sort")
	sorts := func(column views.ListColumn) bool { return column.Sorts && column.Key == strings.TrimPrefix(sort, "-") }
	if order != "" && sort == "-"+order || slices.ContainsFunc(columns, sorts) {
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

// setTotal tells the list how many rows match, which may be counted up to
// store.CountBound + 1 only. The pages end at that bound, and the page is one of
// them: the store reads the last one where the URL asks for another.
func setTotal(l *views.List, total int64) {
	size := int64(l.Rows())
	l.Found, l.More = total, total > store.CountBound
	l.Pages = max(int((min(total, store.CountBound)+size-1)/size), 1)
	l.Page = min(l.Page, l.Pages)
	if l.Filtered() {
		l.Matches = counted(total) + " matches"
		if total == 1 {
			l.Matches = "1 match"
		}
	}
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
