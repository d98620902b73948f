package views

// bar is a segment in the coordinates of a meter.
type bar struct {
	x, width float64
	tone     Tone
}

// layOut places segments beside each other with a small gap and cuts what passes the end.
func layOut(segments []Segment) []bar {
	const between = 4
	bars := make([]bar, 0, len(segments))
	x := 0.0
	for _, segment := range segments {
		width := min(segment.Share*meterWidth, meterWidth-x)
		if width <= 0 {
			continue
		}
		bars = append(bars, bar{x: x, width: max(width-between, 2), tone: segment.Tone})
		x += width
	}
	if n := len(bars); n > 0 {
		bars[n-1].width = min(bars[n-1].width+between, meterWidth-bars[n-1].x)
	}
	return bars
}
