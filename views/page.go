package views

// Page is what every page shows around its content. Each XxxPage embeds it.
type Page struct {
	Title   string  // of the browser tab, before " | License Manager"
	Crumbs  []Crumb // the way here, after "License Manager"; the last one is this page
	Section Section // the entry of the navigation that is highlighted
	Path    string  // path and query of this page; forms send it as "next" to come back here

	Search        string // what the search in the top bar holds
	User          string // name of the signed-in user; "" means that nobody is, and the page has the sign-in layout
	Account       string // the 12 digits of the AWS account
	CanEdit       bool   // may create, edit, run, import, delete
	CanAdminister bool   // may also change settings

	ColorMode  ColorMode
	Flashes    []Flash // newest first
	Counts     Counts  // shown in the navigation
	Clock              // the moment and the time zone of every time on the page
	ZoneChosen bool    // the reader has chosen that zone

	Host    string // shown under the sign-in card
	Version string
}

// Crumb is one step of the way to a page.
type Crumb struct {
	Label string
	URL   string // not needed for the last one
}

// Section is an entry of the side navigation.
type Section string

// The entries of the side navigation; their values are the paths.
const (
	SectionDashboard Section = "/"
	SectionLicenses  Section = "/self-managed-licenses"
	SectionResources Section = "/tracked-resources"
	SectionReports   Section = "/usage-reports"
	SectionSettings  Section = "/settings"
)

// countBound is where counting ends.
const countBound = 10_000

// navCount is a number beside the navigation; beyond countBound it is not
// exact.
func navCount(n int64) string {
	if n > countBound {
		return Number(countBound) + "+"
	}
	return Number(n)
}

// Counts are the numbers beside the navigation; -1 means unknown and shows none.
type Counts struct {
	Licenses, Resources, Reports int64
}

// ColorMode is the reader's choice of colors, kept in a cookie. The zero value follows the system.
type ColorMode string

// The color modes, with the values that the form posts as "mode" to ColorModePath.
const (
	ColorModeSystem ColorMode = "system"
	ColorModeLight  ColorMode = "light"
	ColorModeDark   ColorMode = "dark"
)

// Paths of the layout's own forms. ColorModePath takes "mode" and "next", SignOutPath nothing.
const (
	ColorModePath = "/color-mode"
	SignInPath    = "/sign-in"
	SignOutPath   = "/sign-out"
	SetupPath     = "/setup"

	SearchPath = "/search" // takes "q" by GET

	PreferencesPath = "/preferences" // takes "time_zone" and "next"
	PasswordPath    = "/password"
)

// ParseColorMode reads the cookie or the form; everything unknown follows the system.
func ParseColorMode(text string) ColorMode {
	switch mode := ColorMode(text); mode {
	case ColorModeLight, ColorModeDark:
		return mode
	}
	return ColorModeSystem
}

// forced reports whether the reader overrides the system's choice.
func (m ColorMode) forced() bool { return m == ColorModeLight || m == ColorModeDark }

// scheme is the value of the color-scheme meta element, which colors the page before the styles arrive.
func (m ColorMode) scheme() string {
	if m.forced() {
		return string(m)
	}
	return "light dark"
}

// Link is a named address.
type Link struct {
	Label string
	URL   string
}
