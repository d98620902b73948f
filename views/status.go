package views

import "github.com/a-h/templ"

// Status is a state as icon, text and color.
func Status(kind Kind, text string) templ.Component {
	return render(func(m markup) { m.status(kind, text) })
}

// StatusWithReason is a Status with a smaller line under it, "" for none.
func StatusWithReason(kind Kind, text, reason string) templ.Component {
	return render(func(m markup) { m.statusWithReason(kind, text, reason) })
}

// Badges are short labels beside each other.
func Badges(labels ...string) templ.Component {
	return render(func(m markup) { m.badges(labels...) })
}

func (m markup) status(kind Kind, text string) markup {
	return m.raw(`<span class="status `).raw(kind.class()).raw(`">`).icon(kind.icon()).text(text).raw(`</span>`)
}

func (m markup) statusWithReason(kind Kind, text, reason string) markup {
	return m.raw(`<span>`).status(kind, text).sub(reason).raw(`</span>`)
}

// sub writes a second, smaller line in a cell, "" for none.
func (m markup) sub(text string) markup {
	if text == "" {
		return m
	}
	return m.raw(`<span class="cell-sub">`).text(text).raw(`</span>`)
}

func (m markup) badges(labels ...string) {
	m.raw(`<span class="badges">`)
	for _, label := range labels {
		m.raw(`<span class="badge">`).text(label).raw(`</span>`)
	}
	m.raw(`</span>`)
}
