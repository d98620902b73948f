package views

import (
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Clock turns points in time into words, seen from one moment and in one time zone.
type Clock struct {
	Now  time.Time      // when the page is made
	Zone *time.Location // where the reader is; nil means UTC
}

// absoluteLayout and the offset that follows it are the long form of a point in time.
const absoluteLayout = "January 2, 2006, 15:04"

// AppendAbsolute appends a point in time with its zone: December 21, 2023, 14:29 (UTC+01:00). The zero time is Missing.
func (c Clock) AppendAbsolute(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, Missing...)
	}
	t = t.In(c.Location())
	b = append(t.AppendFormat(b, absoluteLayout), " ("...)
	return append(appendOffset(b, t), ')')
}

// appendOffset appends how far the zone of t is from UTC at t: UTC+01:00, or UTC alone.
func appendOffset(b []byte, t time.Time) []byte {
	b = append(b, "UTC"...)
	if _, offset := t.Zone(); offset == 0 {
		return b
	}
	return t.AppendFormat(b, "-07:00")
}

// Offset is how far the zone of the reader is from UTC now: UTC+01:00.
func (c Clock) Offset() string { return string(appendOffset(nil, c.Now.In(c.Location()))) }

// OffsetMinutes is Offset as a number of minutes east of UTC.
func (c Clock) OffsetMinutes() int {
	_, offset := c.Now.In(c.Location()).Zone()
	return offset / 60
}

// ZoneName is the name of the zone of the reader: Europe/Berlin.
func (c Clock) ZoneName() string { return c.Location().String() }

// Absolute is AppendAbsolute as a string.
func (c Clock) Absolute(t time.Time) string {
	return string(c.AppendAbsolute(make([]byte, 0, 48), t))
}

// Date is the day alone: December 21, 2023. The zero time is Missing.
func (c Clock) Date(t time.Time) string {
	if t.IsZero() {
		return Missing
	}
	return t.In(c.Location()).Format("January 2, 2006")
}

// shortDate is the day of a chart: Dec 14.
func (c Clock) shortDate(t time.Time) string { return t.In(c.Location()).Format("Jan 2") }

// AppendRelative appends the distance from now, rounded to its largest unit: "36 minutes ago", "In 22 hours",
// "Now" within a minute, Missing for the zero time.
func (c Clock) AppendRelative(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, Missing...)
	}
	distance := t.Sub(c.Now)
	if distance.Abs() < time.Minute {
		return append(b, "Now"...)
	}
	n, unit := distanceIn(distance.Abs())
	if distance > 0 {
		b = append(b, "In "...)
	}
	b = append(strconv.AppendInt(b, n, 10), ' ')
	b = append(b, unit...)
	if n != 1 {
		b = append(b, 's')
	}
	if distance < 0 {
		b = append(b, " ago"...)
	}
	return b
}

// Relative is AppendRelative as a string.
func (c Clock) Relative(t time.Time) string {
	return string(c.AppendRelative(make([]byte, 0, 24), t))
}

const (
	day   = 24 * time.Hour
	month = 30*day + 10*time.Hour + 30*time.Minute // a twelfth of 365.25 days
)

// distanceIn rounds to the nearest whole unit, but hours stay hours until there are 24 of them, and minutes until there
// are 60; a unit ends where the next begins (60 minutes are an hour).
func distanceIn(d time.Duration) (int64, string) {
	if d < time.Hour {
		return min(rounded(d, time.Minute), 59), "minute"
	}
	if d < day {
		return min(rounded(d, time.Hour), 23), "hour"
	}
	if n := rounded(d, day); n <= 31 {
		return n, "day"
	}
	if n := rounded(d, month); n < 12 {
		return n, "month"
	}
	return rounded(d, 12*month), "year"
}

// rounded never adds to d, which may be the longest there is: farther apart than 292 years are no two times.
func rounded(d, unit time.Duration) int64 {
	n := int64(d / unit)
	if d%unit >= unit/2 {
		n++
	}
	return n
}

// Location is the zone in which times are shown.
func (c Clock) Location() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

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
