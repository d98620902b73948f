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
		filtered.ExportURL():            "/usage-reports.csv?q=a%26b+c&tag=k%3Av&sort=-last-report",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if plain.Filtered() || !filtered.Filtered() || filtered.Param("tag") != "k:v" || filtered.Param("none") != "" {
		t.Error("filter state is wrong")
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
		want        []int
	}{
		{1, 1, []int{1}},
		{1, 5, []int{1, 2, 3, 4, 5}},
		{1, 6, []int{1, 2, 3, gap, 6}},
		{3, 5, []int{1, 2, 3, 4, 5}},
		{10, 20, []int{1, gap, 8, 9, 10, 11, 12, gap, 20}},
		{20, 20, []int{1, gap, 18, 19, 20}},
		{2_000_000, 4_000_000, []int{1, gap, 1_999_998, 1_999_999, 2_000_000, 2_000_001, 2_000_002, gap, 4_000_000}},
		{60, 400, []int{1, gap, 58, 59, 60, 61, 62, gap, 400}},
		{7, 3, []int{1, 2, 3}},
		{70, 30, []int{1, gap, 30}},
		{1, 0, []int{}},
	} {
		got := List{Page: test.page, Pages: test.pages}.pageNumbers()
		if !slices.Equal(got, test.want) {
			t.Errorf("page %d of %d: %v, want %v", test.page, test.pages, got, test.want)
		}
	}
}
