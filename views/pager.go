package views

// gap stands in a list of pages for those left out.
const gap = 0

// pageNumbers are the pages that a pager links to: the first, those around the current one, and the last.
func (l List) pageNumbers() []int {
	const around = 2
	numbers := make([]int, 0, 2*around+5)
	last := 0
	add := func(page int) {
		if page <= last || page > l.Pages {
			return
		}
		switch page - last {
		case 1:
		case 2:
			numbers = append(numbers, page-1) // a gap of one page is that page
		default:
			numbers = append(numbers, gap)
		}
		numbers, last = append(numbers, page), page
	}
	add(1)
	for page := l.Page - around; page <= l.Page+around; page++ {
		add(page)
	}
	add(l.Pages)
	return numbers
}
