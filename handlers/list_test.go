package handlers

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"license-manager/views"
)

func listOf(t *testing.T, query string) views.List {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/usage-reports?"+query, nil)
	return readList(echo.New().NewContext(r, nil), "/usage-reports", "name", "name", "status")
}

func TestListOfAnyURL(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"":                            "/usage-reports",
		"sort=-status&page=3&size=50": "/usage-reports?sort=-status&page=3&size=50",
		"sort=name&page=1&size=25":    "/usage-reports",
		"sort=--name&page=-1&size=7":  "/usage-reports",
		"sort=-&page=x&size=100":      "/usage-reports?size=100",
		"sort=r.id;drop&page=9999999999999999999999": "/usage-reports",
		"sort=-name&page=1000001&size=0x10":          "/usage-reports?sort=-name",
	} {
		if got := listOf(t, query).URL(); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestPagesOfList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		page        int
		after       string
		before      string
		total       int64
		rows        int
		beyond      bool
		goTo, pages int
		more        bool
	}{
		{page: 1, total: 0, goTo: 1, pages: 1},
		{page: 1, total: 25, rows: 25, goTo: 1, pages: 1},
		{page: 2, total: 26, rows: 1, goTo: 2, pages: 2},
		{page: 9, total: 26, beyond: true, goTo: 2, pages: 2},
		{page: 9, total: 0, goTo: 1, pages: 1},
		{page: 1, total: 10_001, rows: 25, goTo: 1, pages: 400, more: true},
		{page: 400, total: 10_001, rows: 25, goTo: 400, pages: 400, more: true},
		{page: 401, total: 10_001, rows: 1, goTo: 401, pages: 401},
		{page: 900, total: 10_001, beyond: true, goTo: 400, pages: 400, more: true},
		{page: 900, after: "r-1", total: 30, rows: 5, goTo: 2, pages: 2},
		{page: 2, before: "r-1", total: 30, rows: 24, beyond: true, goTo: 1, pages: 2},
		{page: 401, before: "r-1", total: 10_001, rows: 25, goTo: 401, pages: 401, more: true},
	} {
		l := views.List{Page: test.page, After: test.after, Before: test.before}
		beyond := setPages(&l, test.total, test.rows)
		if beyond != test.beyond || l.Page != test.goTo || l.Pages != test.pages || l.More != test.more {
			t.Errorf("%+v: beyond %v, page %d of %d, more %v", test, beyond, l.Page, l.Pages, l.More)
		}
		if beyond && l.After+l.Before != "" {
			t.Errorf("%+v: still beside %q", test, l.After+l.Before)
		}
	}
}

func TestCounted(t *testing.T) {
	t.Parallel()
	if counted(9_999) != "9,999" || counted(10_000) != "10,000" || counted(10_001) != "10,000+" {
		t.Error(counted(9_999), counted(10_000), counted(10_001))
	}
}
