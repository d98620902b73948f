package inventory

// WithSlices makes the first slices of an Importer so many rows large.
func (im *Importer) WithSlices(rows int) *Importer {
	im.first = rows
	return im
}

// OnSlice has fn called after each slice.
func (im *Importer) OnSlice(fn func()) { im.o.Progress = func(Import) { fn() } }
