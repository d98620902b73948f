package views

import (
	"net/url"
	"strings"
	"time"

	"license-manager/store/usage"
)

// PreferencesPage is the page of GET and POST PreferencesPath.
type PreferencesPage struct {
	Page
	TimeZone string         // as chosen; "" for that of the server
	Default  *time.Location // of the server; nil means UTC
	Next     string         // where to go afterwards; may be empty
	Errors   FieldErrors
}

// PasswordPage is the page of GET and POST PasswordPath. It never shows what was typed.
type PasswordPage struct {
	Page
	PasswordRule string // what a password must have
	Errors       FieldErrors
}

// The labels of the fields of PasswordPage.
const (
	CurrentPassword  = "Current password"
	NewPassword      = "New password"
	RepeatedPassword = "New password again"
)

// PreferencesSaved is the flash after the preferences were changed, by the new clock.
func PreferencesSaved(c Clock) Flash {
	return Flash{Kind: KindSuccess, Title: "Successfully updated your preferences.", Text: "Times are shown in " + zoneWithOffset(c) + "."}
}

// preferencesURL leads to the preferences and back to this page.
func preferencesURL(p Page) string {
	if p.onPreferences() || p.Path == "/" || p.Path == "" {
		return PreferencesPath
	}
	return PreferencesPath + "?next=" + url.QueryEscape(p.Path)
}

func (p Page) onPreferences() bool { return strings.HasPrefix(p.Path, PreferencesPath) }

// offersZone reports whether the page may ask if the browser's time zone is the better one.
func (p Page) offersZone() bool { return p.User != "" && !p.ZoneChosen && !p.onPreferences() }

// zoneWithOffset is a zone for people: Europe/Berlin (UTC+01:00), or UTC.
func zoneWithOffset(c Clock) string {
	name, offset := zoneLabel(c.ZoneName()), c.Offset()
	if name == offset {
		return name
	}
	return name + " (" + offset + ")"
}

// zoneLabel is the name of a zone with spaces, as in "America/New York".
func zoneLabel(name string) string { return strings.ReplaceAll(name, "_", " ") }

// defaultZones are the choices before the list: that of the server, and UTC.
func (p PreferencesPage) defaultZones() []Option {
	return []Option{
		{Value: "", Label: "Server default: " + zoneWithOffset(Clock{Now: p.Now, Zone: p.Default})},
		{Value: "UTC", Label: "UTC"},
	}
}

// zoneAreas are the areas of the world that have a group each, in the order of the list. All other names are old ones.
func zoneAreas() []string {
	return []string{"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific", "Etc"}
}

// zoneGroups are all time zones by area, each with what it is from UTC at now. So many are read for this page alone
// that they are not kept.
func zoneGroups(now time.Time) []OptionGroup {
	groups := make([]OptionGroup, 0, len(zoneAreas())+1)
	at := map[string]int{}
	for _, area := range zoneAreas() {
		at[area] = len(groups)
		groups = append(groups, OptionGroup{Label: area})
	}
	other := OptionGroup{Label: "Other names"}
	for _, name := range usage.TimeZones() {
		if name == "UTC" {
			continue
		}
		area, place, _ := strings.Cut(name, "/")
		if i, ok := at[area]; ok {
			groups[i].Options = append(groups[i].Options, zoneOption(now, name, place))
		} else {
			other.Options = append(other.Options, zoneOption(now, name, name))
		}
	}
	return append(groups, other)
}

func zoneOption(now time.Time, name, place string) Option {
	zone, err := usage.LoadTimeZone(name)
	if err != nil {
		return Option{Value: name, Label: zoneLabel(place)}
	}
	return Option{Value: name, Label: zoneLabel(place) + " (" + Clock{Now: now, Zone: zone}.Offset() + ")"}
}
