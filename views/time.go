package views

import (
	"time"

	"github.com/a-h/templ"
)

// Ago is a time as its distance from now, for tables; pointing at it shows the full time.
func Ago(c Clock, t time.Time) templ.Component {
	return render(func(m markup) { m.ago(c, t) })
}

// At is a time with its zone, for run histories.
func At(c Clock, t time.Time) templ.Component {
	return render(func(m markup) { m.at(c, t) })
}

// AgoAt is a time in both forms, for details pages; by is who did it, "" for nobody: "8 months ago by admin".
func AgoAt(c Clock, t time.Time, by string) templ.Component {
	return render(func(m markup) {
		m.ago(c, t)
		if t.IsZero() {
			return
		}
		if by != "" {
			m.raw(" by ").text(by)
		}
		m.raw(`<span class="sub">`).text(c.Absolute(t)).raw(`</span>`)
	})
}

// LastUpdated says how fresh the page is, beside its RefreshLink.
func LastUpdated(c Clock) templ.Component {
	return render(func(m markup) {
		m.raw(`<p class="updated"><strong>Last updated</strong>`).at(c, c.Now).raw(`</p>`)
	})
}
