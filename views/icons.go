package views

import (
	"context"
	"io"
)

// Icon is a drawing on a 16 × 16 grid in the color of the text around it, hidden from screen readers.
// It is a templ component: @IconSearch.
type Icon string

// The icons of the console.
const (
	IconSuccess    Icon = `<circle cx="8" cy="8" r="6.6"/><path d="m5.2 8.2 2 2 3.8-4.3"/>`
	IconError      Icon = `<circle cx="8" cy="8" r="6.6"/><path d="m5.8 5.8 4.4 4.4m0-4.4-4.4 4.4"/>`
	IconWarning    Icon = `<path d="M8 2 1.4 13.6h13.2zM8 6.6v3M8 11.6h.01"/>`
	IconInfo       Icon = `<circle cx="8" cy="8" r="6.6"/><path d="M8 7.4v3.4M8 5h.01"/>`
	IconPending    Icon = `<circle cx="8" cy="8" r="6.6"/><path d="M8 4.4V8l2.4 1.6"/>`
	IconInProgress Icon = `<circle cx="8" cy="8" r="6.6"/><path d="M5 8h.01M8 8h.01M11 8h.01" stroke-width="2"/>`
	IconStopped    Icon = `<circle cx="8" cy="8" r="6.6"/><path d="M6.4 5.8v4.4m3.2-4.4v4.4"/>`

	IconSearch      Icon = `<circle cx="6.9" cy="6.9" r="4.9"/><path d="m10.5 10.5 4 4"/>`
	IconRefresh     Icon = `<path d="M14 8a6 6 0 1 1-1.9-4.4M14.3 1.4v3.4h-3.4"/>`
	IconClose       Icon = `<path d="m3.4 3.4 9.2 9.2m0-9.2-9.2 9.2"/>`
	IconMenu        Icon = `<path d="M2 4h12M2 8h12M2 12h12"/>`
	IconPrevious    Icon = `<path d="M10 3.5 5.5 8l4.5 4.5"/>`
	IconNext        Icon = `<path d="M6 3.5 10.5 8 6 12.5"/>`
	IconAscending   Icon = `<path d="M4.2 10.4h7.6L8 5.5z" fill="currentColor" stroke="none"/>`
	IconDescending  Icon = `<path d="M4.2 5.7h7.6L8 10.6z" fill="currentColor" stroke="none"/>`
	IconPreferences Icon = `<path d="M8 1.2 13.9 4.6v6.8L8 14.8l-5.9-3.4V4.6z"/><circle cx="8" cy="8" r="2.2"/>`
	IconDownload    Icon = `<path d="M8 1.6v8.4M4.2 6.6 8 10.4l3.8-3.8M1.8 14.2h12.4"/>`
	IconExternal    Icon = `<path d="M9.6 2H14v4.4M14 2 8 8M12 9.6V14H2V4h4.4"/>`
	IconCopy        Icon = `<rect x="5.4" y="5.4" width="9" height="9" rx="1.5"/><path d="M10.6 2.9V1.6h-9v9h1.3"/>`
	IconCheck       Icon = `<path d="m3 8.4 3.2 3.2L13 4.6"/>`
	IconUser        Icon = `<circle cx="8" cy="5" r="3"/><path d="M2.2 14.4C2.4 11.4 4.8 10 8 10s5.6 1.4 5.8 4.4"/>`
	IconDark        Icon = `<path d="M14 9.4A6.3 6.3 0 1 1 6.6 2 5 5 0 0 0 14 9.4z"/>`
	IconLight       Icon = `<circle cx="8" cy="8" r="3"/><path d="M8 1.2v1.4m0 10.8v1.4M1.2 8h1.4m10.8 0h1.4M3.2 3.2l1 1m7.6 7.6 1 1m0-9.6-1 1m-7.6 7.6-1 1"/>`
	IconMatchSystem Icon = `<rect x="1.4" y="2.4" width="13.2" height="8.8" rx="1.2"/><path d="M5.4 14h5.2M8 11.2V14"/>`
	IconFolder      Icon = `<path d="M1.6 12.8V3.2h4.6l1.6 2h6.6v7.6z"/>`
	IconFile        Icon = `<path d="M3.2 1.6h6l3.6 3.6v9.2H3.2zM9 1.8v3.6h3.6"/>`
	iconOpen             = `<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">`
	iconClose            = `</svg>`
)

// Render writes the drawing; it implements templ.Component without allocating.
func (i Icon) Render(_ context.Context, w io.Writer) error {
	for _, part := range [...]string{iconOpen, string(i), iconClose} {
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
	}
	return nil
}
