package views

import "github.com/a-h/templ"

// Kind is the tone of a flash, an alert or a status.
type Kind string

// The kinds. KindPending, KindInProgress and KindStopped are for Status only.
const (
	KindInfo       Kind = "info"
	KindSuccess    Kind = "success"
	KindWarning    Kind = "warning"
	KindError      Kind = "error"
	KindPending    Kind = "pending"
	KindInProgress Kind = "in-progress"
	KindStopped    Kind = "stopped"
)

// class is the CSS class that colors the kind.
func (k Kind) class() string {
	switch k {
	case KindSuccess:
		return "ok"
	case KindWarning:
		return "warn"
	case KindError:
		return "err"
	case KindInfo:
		return "inf"
	}
	return "mute"
}

func (k Kind) icon() Icon {
	switch k {
	case KindSuccess:
		return IconSuccess
	case KindWarning:
		return IconWarning
	case KindError:
		return IconError
	case KindPending:
		return IconPending
	case KindInProgress:
		return IconInProgress
	case KindStopped:
		return IconStopped
	}
	return IconInfo
}

// role makes screen readers interrupt for errors and wait with the rest.
func (k Kind) role() string {
	if k == KindError {
		return "alert"
	}
	return "status"
}

func boolText(value bool) string {
	if value {
		return "true"
	}
	return "false"
}

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
