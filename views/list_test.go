package views

import (
	"slices"
	"testing"
)

func TestListURLs(t *testing.T) {
	t.Parallel()
	plain := List{Path: "/usage-reports", Sort: "name", Order: "name", Page: 1, Pages: 3}
	filtered := List{
		Path: "/usage-reports", Params: []Param{{"q", "a&b c"}, {"status", ""}, {"tag", "k:v"}},
		Sort: "-last-report", Order: "name", Page: 2, Pages: 3, Size: 50,
	}
	for got, want := range map[string]string{
		plain.URL():                     "/usage-reports",
		plain.PageURL(2):                "/usage-reports?page=2",
		plain.SortURL("name"):           "/usage-reports?sort=-name",
		plain.SortURL("status"):         "/usage-reports?sort=status",
		filtered.URL():                  "/usage-reports?q=a%26b+c&tag=k%3Av&sort=-last-report&page=2&size=50",
		filtered.PageURL(1):             "/usage-reports?q=a%26b+c&tag=k%3Av&sort=-last-report&size=50",
		filtered.SortURL("last-report"): "/usage-reports?q=a%26b+c&tag=k%3Av&sort=last-report&size=50",
		filtered.SortURL("name"):        "/usage-reports?q=a%26b+c&tag=k%3Av&size=50",
		filtered.ClearURL():             "/usage-reports?sort=-last-report&size=50",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if plain.Filtered() || !filtered.Filtered() || filtered.Param("tag") != "k:v" || filtered.Param("none") != "" {
		t.Error("filter state is wrong")
	}
}

// Pages that no number leads to are reached from a row of the page beside them.
func TestPagesBesideARow(t *testing.T) {
	t.Parallel()
	l := List{Path: "/tracked-resources", Params: []Param{{"type", "RDS"}}, Sort: "id", Order: "id", Page: 402, Pages: 402, More: true, After: "i-0&1", First: "i-1", Last: "i-25"}
	for got, want := range map[string]string{
		l.URL():         "/tracked-resources?type=RDS&page=402&after=i-0%261",
		l.NextURL():     "/tracked-resources?type=RDS&page=403&after=i-25",
		l.PreviousURL(): "/tracked-resources?type=RDS&page=401&before=i-1",
		l.PageURL(1):    "/tracked-resources?type=RDS",
		l.SortURL("id"): "/tracked-resources?type=RDS&sort=-id",
		l.ExportURL():   "/tracked-resources.csv?type=RDS",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := l.pageNumbers(); !slices.Equal(got, []int{1, gap, 402, gap}) {
		t.Error(got)
	}
}

func TestListSorted(t *testing.T) {
	t.Parallel()
	for sort, want := range map[string]string{"name": "ascending", "-name": "descending", "-names": "none", "names": "none", "-": "none", "": "none"} {
		if got := (List{Sort: sort}).sorted("name"); got != want {
			t.Errorf("sort %q: %s, want %s", sort, got, want)
		}
	}
}

func TestPageNumbers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		page, pages int
		more        bool
		want        []int
	}{
		{1, 1, false, []int{1}},
		{1, 5, false, []int{1, 2, 3, 4, 5}},
		{1, 6, false, []int{1, 2, 3, gap, 6}},
		{3, 5, false, []int{1, 2, 3, 4, 5}},
		{10, 20, false, []int{1, gap, 8, 9, 10, 11, 12, gap, 20}},
		{20, 20, false, []int{1, gap, 18, 19, 20}},
		{2_000_000, 4_000_000, false, []int{1, gap, 1_999_998, 1_999_999, 2_000_000, 2_000_001, 2_000_002, gap, 4_000_000}},
		{5, 400, true, []int{1, 2, 3, 4, 5, 6, 7, gap}},
		{60, 400, true, []int{1, gap, 58, 59, 60, 61, 62, gap}},
		{7, 3, false, []int{1, 2, 3}},
		{70, 30, false, []int{1, gap, 30}},
		{1, 0, false, []int{}},
	} {
		got := List{Page: test.page, Pages: test.pages, More: test.more}.pageNumbers()
		if !slices.Equal(got, test.want) {
			t.Errorf("page %d of %d: %v, want %v", test.page, test.pages, got, test.want)
		}
	}
}
