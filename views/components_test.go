package views

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

// contains reports what is missing from, or unwanted in, what a component renders.
func contains(t *testing.T, out string, wanted []string, unwanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	for _, not := range unwanted {
		if strings.Contains(out, not) {
			t.Errorf("%s in\n%s", not, out)
		}
	}
}

func TestNavigationShowsWhatCanBeOpened(t *testing.T) {
	t.Parallel()
	p := testPage(t)
	contains(t, text(t, sideNav(p)), []string{
		`href="/usage-reports" aria-current="page">Usage reports`,
		`Tracked resources <span class="count">1,284</span>`,
		`href="/settings"`,
	}, "-1")
	p.CanAdminister = false
	contains(t, text(t, sideNav(p)), nil, "/settings", "Administration")
}

func TestColorMode(t *testing.T) {
	t.Parallel()
	p := testPage(t)
	contains(t, text(t, Layout(p)), []string{`<html lang="en">`, `content="light dark"`, `value="system" aria-pressed="true"`})
	p.ColorMode = ParseColorMode("dark")
	contains(t, text(t, Layout(p)), []string{`<html lang="en" data-theme="dark">`, `content="dark"`, `value="dark" aria-pressed="true"`, `value="system" aria-pressed="false"`})
	if got := ParseColorMode("<x>"); got != ColorModeSystem {
		t.Errorf("ParseColorMode = %q", got)
	}
}

func TestFlashes(t *testing.T) {
	t.Parallel()
	out := text(t, FlashBar(testPage(t)))
	contains(t, out, []string{
		`<div class="flash err" role="alert">`, `<div class="flash ok" role="status">`,
		`<a class="btn" href="/usage-reports">View usage reports</a>`,
		`href="/usage-reports?q=a&amp;page=2" data-dismiss`,
	}, "The fourth.")
	if out := text(t, FlashBar(Page{})); out != "" {
		t.Errorf("a page without flashes has %q", out)
	}
}

func TestFieldsNameTheirTexts(t *testing.T) {
	t.Parallel()
	field := Field{ID: "name", Label: "Name", Value: "a", Hint: "Any.", Constraint: "Up to 100."}
	contains(t, text(t, TextField(field, nil)),
		[]string{`<label for="name">`, `id="name" name="name"`, `aria-describedby="name-hint name-constraint"`},
		"aria-invalid", "autofocus", "name-error")
	var errs FieldErrors
	errs.Add("name", "Name", "Name is required.")
	contains(t, text(t, TextField(field, errs)),
		[]string{`aria-describedby="name-hint name-error name-constraint" aria-invalid="true" autofocus`, `id="name-error"`, `value="a"`})
	contains(t, text(t, PasswordField(Field{ID: "password", Label: "Password", Value: "secret"}, errs)), nil, "secret", "autofocus")
}

func TestTilesStandUnderTheirFirst(t *testing.T) {
	t.Parallel()
	var errs FieldErrors
	errs.Add("type", "Report types", "Choose at least one report type.")
	tiles := []Tile{{Value: "summary", Label: "Summary"}, {Value: "resource-usage", Label: "Resource usage", Checked: true}}
	contains(t, text(t, CheckboxTiles(Field{ID: "type", Label: "Report types"}, tiles, errs)), []string{
		`<fieldset aria-describedby="type-error">`,
		`value="summary" id="type" name="type" aria-describedby="type-error" aria-invalid="true" autofocus`,
		`value="resource-usage" checked id="type-resource-usage" name="type">`,
	})
}

func TestTagsEditor(t *testing.T) {
	t.Parallel()
	contains(t, text(t, TagsEditor("/x", []usage.Tag{{Key: "owner", Value: "me"}, {}}, nil)), []string{
		`id="tag-key-0" name="tag_key"`, `id="tag-value-1" name="tag_value"`,
		`name="intent" value="remove-tag:1"`, `name="intent" value="add-tag"`, "You can add up to 48 more tags.",
	})
	contains(t, text(t, TagsEditor("/x", make([]usage.Tag, 49), nil)), []string{"You can add up to 1 more tag."})
	contains(t, text(t, TagsEditor("/x", make([]usage.Tag, 50), nil)), []string{"You have reached the limit of 50 tags."}, "add-tag")
}

func TestEnterDoesNotPressTheWrongButton(t *testing.T) {
	t.Parallel()
	out := text(t, with(Form(FormProps{Action: "/x", Intent: "create"}), TagsEditor("/x", []usage.Tag{{}}, nil)))
	if first := strings.Index(out, `value="create"`); first < 0 || first > strings.Index(out, "remove-tag:0") {
		t.Errorf("the first button is another one: %s", out)
	}
}

func TestDialogStartsOnCancel(t *testing.T) {
	t.Parallel()
	p, dialog := testPage(t), Dialog{Title: "Delete", Question: NoRows("Sure?"), Action: "/delete", CancelURL: "/back", Submit: "Delete"}
	page := text(t, DialogLayout(p, dialog, NoRows("Behind.")))
	contains(t, page, []string{`<div inert>`, `role="dialog" aria-modal="true"`, `href="/back" autofocus`})
	contains(t, text(t, DialogBox(dialog)), nil, "autofocus", "<html")
	dialog.Confirm = true
	dialog.Errors.Add("confirm", "Confirm", "Type “confirm” to delete.")
	contains(t, text(t, DialogLayout(p, dialog, NoRows("Behind."))), []string{`aria-invalid="true" autofocus`, `data-confirm="confirm"`}, `href="/back" autofocus`)
}

func TestSortColumn(t *testing.T) {
	t.Parallel()
	l := List{Path: "/x", Sort: "-name", Order: "name", Page: 3}
	contains(t, text(t, SortColumn(l, "name", "Name")), []string{`aria-sort="descending"`, `href="/x"`, `data-hx-get="/x"`})
	contains(t, text(t, SortColumn(l, "status", "Status")), []string{`aria-sort="none"`, `href="/x?sort=status"`})
}

func TestPagerIsEmptyForOnePage(t *testing.T) {
	t.Parallel()
	if out := text(t, Pager(List{Path: "/x", Page: 1, Pages: 1})); out != "" {
		t.Errorf("pager %q", out)
	}
	contains(t, text(t, Pager(List{Path: "/x", Page: 2, Pages: 2})),
		[]string{`href="/x"`, `aria-current="page"`, `<span aria-disabled="true">`}, "page=3")
}

func TestTimesAreMissing(t *testing.T) {
	t.Parallel()
	clock, zero := Clock{Now: testNow()}, time.Time{}
	for _, component := range []templ.Component{Ago(clock, zero), At(clock, zero), AgoAt(clock, zero, "admin")} {
		if out := text(t, component); out != Missing {
			t.Errorf("a missing time is %q", out)
		}
	}
	contains(t, text(t, Ago(clock, testNow().Add(-2*time.Hour))),
		[]string{`<time datetime="2026-11-23T13:29:30Z" title="November 23, 2026, 13:29 (UTC)">2 hours ago</time>`})
}

func TestErrorPages(t *testing.T) {
	t.Parallel()
	p := testPage(t)
	for status, want := range map[int][]string{
		http.StatusForbidden:             {"Access denied"},
		http.StatusNotFound:              {"Page not found", `href="/usage-reports"`},
		http.StatusMethodNotAllowed:      {"Page not found"},
		http.StatusConflict:              {"Nothing was changed"},
		http.StatusGone:                  {"Deleted"},
		http.StatusRequestEntityTooLarge: {"Too large"},
		http.StatusUnprocessableEntity:   {"Nothing was saved"},
		http.StatusTooManyRequests:       {"Too many attempts"},
		http.StatusServiceUnavailable:    {"Not available at the moment", "<code>the-id</code>", "Retry"},
		http.StatusInternalServerError:   {"Something went wrong on the server", "Your change wasn’t saved.", "<code>the-id</code>", `href="/usage-reports?q=a&amp;page=2"`},
	} {
		e := NewErrorPage(p, status, "the-id")
		contains(t, text(t, Error(e)), append(want, `<nav class="sidenav"`))
		if status < 500 && e.RequestID != "" {
			t.Errorf("%d shows a request id", status)
		}
		e.User = ""
		contains(t, text(t, Error(e)), append(want, `class="signin"`), "sidenav", "482109376615", "Sign out")
		contains(t, text(t, ErrorFragment(e)), want[:1], "<html")
	}
	for path, want := range map[string]string{
		"/self-managed-licenses/lic-0?x=1": `href="/self-managed-licenses">Self-managed licenses</a>`,
		"/tracked-resources/i-1":           `href="/tracked-resources">Tracked resources</a>`,
		"/usage-reports/r-0":               `href="/usage-reports">Usage reports</a>`,
		"/usage-reports-of-old":            `href="/">License Manager</a>`,
		"/no-such-page":                    `href="/">License Manager</a>`,
	} {
		p.Path, p.User = path, ""
		contains(t, text(t, Error(NewErrorPage(p, http.StatusNotFound, ""))), []string{want})
	}
	contains(t, text(t, Error(Forbidden(p, "delete", "usage reports", "Editor"))),
		[]string{"You don’t have permission to delete usage reports. Ask an administrator for the Editor role."})
}
