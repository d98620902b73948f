package views

// gap stands in a list of pages for those left out.
const gap = 0

// pageNumbers are the pages that a pager links to: the first, those around the current one, and the last.
func (l List) pageNumbers() []int {
	const around = 2
	numbers := make([]int, 0, 9)
	for page := 1; page <= l.Pages; page++ {
		near := page >= l.Page-around && page <= l.Page+around
		switch {
		case page == 1, near, page == l.Pages && !l.More:
			numbers = append(numbers, page)
		case numbers[len(numbers)-1] != gap:
			numbers = append(numbers, gap)
			if page < l.Page {
				page = max(page, l.Page-around-1)
			} else {
				page = l.Pages - 1
			}
		}
	}
	return numbers
}

// hasNext reports whether there is a page after this one.
func (l List) hasNext() bool { return l.Page < l.Pages || l.More }
