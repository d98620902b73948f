package views

import (
	"bytes"
	"context"
	"io"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// markup writes HTML without the two allocations that templ needs for every value. The rows of tables and what they
// are made of are written with it; everything else is templ. A table has one function that writes all its rows:
//
//	func reportRows(p ReportsPage) templ.Component {
//		return render(func(m markup) {
//			for _, report := range p.Reports {
//				m.raw(`<tr id="`).text(report.ID).raw(`">`)
//				m.selectRow("selection", report.ID, report.Name)
//				m.raw(`<td class="rowhead">`).link(report.URL, report.Name).raw(`</td>`)
//				m.cell("Last report").ago(p.Clock, report.LastReport).end()
//				m.raw(`</tr>`)
//			}
//		})
//	}
type markup struct{ buf *bytes.Buffer }

// render makes a component of a function that writes.
func render(write func(markup)) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		buf := templ.GetBuffer()
		defer templ.ReleaseBuffer(buf)
		write(markup{buf})
		_, err := w.Write(buf.Bytes())
		return err
	})
}

// raw writes HTML that is our own.
func (m markup) raw(html string) markup {
	m.buf.WriteString(html)
	return m
}

// text writes a value as text or between the quotes of an attribute.
func (m markup) text(value string) markup {
	for value != "" {
		i := strings.IndexAny(value, `<>&"'`)
		if i < 0 {
			break
		}
		m.buf.WriteString(value[:i])
		m.buf.WriteString(entity(value[i]))
		value = value[i+1:]
	}
	m.buf.WriteString(value)
	return m
}

func entity(char byte) string {
	switch char {
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '&':
		return "&amp;"
	case '"':
		return "&#34;"
	}
	return "&#39;"
}

// url writes an address between the quotes of an attribute; a scheme that could run a script is made harmless.
func (m markup) url(address string) markup { return m.text(string(templ.URL(address))) }

// number writes a number with thousands separators.
func (m markup) number(n int64) markup {
	m.buf.Write(AppendNumber(m.buf.AvailableBuffer(), n))
	return m
}

// icon writes a drawing.
func (m markup) icon(i Icon) markup { return m.raw(iconOpen).raw(string(i)).raw(iconClose) }

// cell begins a table cell; label is the name of its column, shown on phones.
func (m markup) cell(label string) markup {
	return m.raw(`<td data-label="`).text(label).raw(`">`)
}

// nowrap begins a table cell whose text stays on one line.
func (m markup) nowrap(label string) markup {
	return m.raw(`<td class="nowrap" data-label="`).text(label).raw(`">`)
}

// quantity begins a table cell of numbers.
func (m markup) quantity(label string) markup {
	return m.raw(`<td class="num" data-label="`).text(label).raw(`">`)
}

// end ends a table cell.
func (m markup) end() markup { return m.raw(`</td>`) }

// link writes a link within the console.
func (m markup) link(url, text string) markup {
	return m.raw(`<a href="`).url(url).raw(`">`).text(text).raw(`</a>`)
}

// ago writes a time as its distance from now.
func (m markup) ago(c Clock, t time.Time) markup {
	if t.IsZero() {
		return m.raw(Missing)
	}
	m.openTime(t).raw(` title="`)
	m.buf.Write(c.AppendAbsolute(m.buf.AvailableBuffer(), t))
	m.raw(`">`)
	m.buf.Write(c.AppendRelative(m.buf.AvailableBuffer(), t))
	return m.raw(`</time>`)
}

// at writes a time in its long form.
func (m markup) at(c Clock, t time.Time) markup {
	if t.IsZero() {
		return m.raw(Missing)
	}
	m.openTime(t).raw(`>`)
	m.buf.Write(c.AppendAbsolute(m.buf.AvailableBuffer(), t))
	return m.raw(`</time>`)
}

func (m markup) openTime(t time.Time) markup {
	m.raw(`<time datetime="`)
	m.buf.Write(t.UTC().AppendFormat(m.buf.AvailableBuffer(), time.RFC3339))
	return m.raw(`"`)
}
