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
	return readList(echo.New().NewContext(r, nil), "/usage-reports", "name", views.ReportColumns())
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
		"sort=bucket":                       "/usage-reports",
		"sort=-name":                        "/usage-reports?sort=-name",
		"sort=-name&page=1000001&size=0x10": "/usage-reports?sort=-name",
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
		total       int64
		goTo, pages int
		more        bool
	}{
		{1, 0, 1, 1, false},
		{1, 25, 1, 1, false},
		{2, 26, 2, 2, false},
		{9, 26, 2, 2, false},
		{9, 0, 1, 1, false},
		{400, 10_000, 400, 400, false},
		{1, 10_001, 1, 400, true},
		{401, 10_001, 400, 400, true},
	} {
		l := views.List{Page: test.page}
		setTotal(&l, test.total)
		if l.Page != test.goTo || l.Pages != test.pages || l.More != test.more {
			t.Errorf("%+v: page %d of %d, more %v", test, l.Page, l.Pages, l.More)
		}
	}
}

func TestCounted(t *testing.T) {
	t.Parallel()
	if counted(9_999) != "9,999" || counted(10_000) != "10,000" || counted(10_001) != "10,000+" {
		t.Error(counted(9_999), counted(10_000), counted(10_001))
	}
}
