package views

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
