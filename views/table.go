package views

import "github.com/a-h/templ"

// Action is something to do with the selected rows of a table.
type Action struct {
	Form    string // id of the SelectionForm
	Do      string // sent as "do": "edit"
	Label   string
	One     bool   // needs exactly one row; otherwise one or more
	Refusal string // "Select one usage report to edit."
	Post    string // where the selection is posted, if the action changes something at once; else it is asked about by GET
	Dialog  string // where the dialog that asks comes from with JavaScript, over the page; empty if none does
}

func (a Action) needs() string {
	if a.One {
		return "one"
	}
	return "some"
}

// SelectRow is the first cell of a row that can be selected; it sends its id with the SelectionForm.
func SelectRow(form, id, name string) templ.Component {
	return render(func(m markup) { m.selectRow(form, id, name) })
}

func (m markup) selectRow(form, id, name string) markup { return m.selectRowAs(form, id, name, false) }

// selectRowAs is selectRow for a row that may be selected already.
func (m markup) selectRowAs(form, id, name string, selected bool) markup {
	m.raw(`<td class="sel"><label><input type="checkbox" form="`).text(form).
		raw(`" name="id" value="`).text(id).
		raw(`" aria-label="Select `).text(name).raw(`"`)
	if selected {
		m.raw(` checked`)
	}
	return m.raw(`></label></td>`)
}
