package views

import (
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"license-manager/store/usage"
)

const hostile = `<script>alert("x")</script>'&`

func testPage(t testing.TB) Page {
	return Page{
		Title: "Usage reports", Section: SectionReports, Path: "/usage-reports?q=a&page=2",
		Crumbs: []Crumb{{Label: "Usage reports", URL: "/usage-reports"}, {Label: hostile}},
		User:   "admin", Account: "482109376615", CanEdit: true, CanAdminister: true,
		Counts: Counts{Licenses: 9, Resources: 1284, Reports: -1},
		Flashes: []Flash{
			{Kind: KindError, Title: hostile, Text: "Why.", Action: Link{Label: "View usage reports", URL: "/usage-reports"}},
			{Kind: KindSuccess, Title: "Saved."}, {Kind: KindWarning, Title: "Careful."}, {Kind: KindInfo, Title: "The fourth."},
		},
		Clock: Clock{Now: testNow(), Zone: berlin(t)}, Host: "license-manager.example.com", Version: "1.0.0",
	}
}

func listComponents(p Page) templ.Component {
	l := List{Path: "/usage-reports", Params: []Param{{Name: "q", Value: hostile}}, Sort: "-name", Order: "name", Page: 2, Pages: 9, Matches: "12 matches"}
	buttons := templ.Join(LastUpdated(p.Clock), RefreshLink(l.URL(), "usage reports"), ActionButton(Action{Form: "selection", Do: "view", Label: "View details", One: true, Refusal: hostile}), Poll("/usage-reports", "list", 10), PrimaryLink("/usage-reports/create", "Create usage report"))
	row := render(func(m markup) {
		m.raw("<tr>").selectRow("selection", hostile, hostile).raw(`<td class="rowhead">`).link("javascript:alert(1)", hostile).end()
		m.cell("Status").statusWithReason(KindError, "Failed", hostile).end()
		m.nowrap("Last report").ago(p.Clock, testNow()).end()
		m.quantity("Rows").number(1284).end()
		m.cell("S3 bucket").external("https://example.com/?a=b&c", hostile, hostile).end().raw("</tr>")
	})
	head := render(func(m markup) { m.raw("<thead><tr>") })
	body := render(func(m markup) { m.raw("</tr></thead><tbody>") })
	foot := render(func(m markup) { m.raw("</tbody>") })
	return with(PageBox(Heading{ID: "list-title", Title: "Usage reports", Counter: "12", Selection: "selection", Description: "All.", Actions: buttons}),
		with(FilterTools(l, Search{Name: "q", Label: "Find usage reports"}), FilterSelect(l, "status", "Filter by status", []Option{{Value: "", Label: "Any status"}})),
		SelectionForm("selection", "/usage-reports/actions"),
		with(Table("Usage reports table"), head, SelectColumn("selection", "usage reports"), SortColumn(l, "name", "Name"), SortColumn(l, "status", "Status"),
			Column("Last report"), NumberColumn("Rows"), SortNumberColumn(l, "size", "Size"), body, row, foot),
	)
}

func formComponents(errs FieldErrors) templ.Component {
	tiles := []Tile{{Value: "summary", Label: "Summary", Description: "One row.", Checked: true}, {Value: "resource-usage", Label: "Resource usage"}}
	return templ.Join(
		PageHeader(Heading{Title: "Create usage report", Info: "creating usage reports", Description: "Choose."}),
		ErrorSummary("The usage report wasn’t created.", errs),
		with(Form(FormProps{Action: "/usage-reports", Intent: "create", Guard: true, Upload: true}),
			with(Box(Heading{ID: "details", Title: "Report details"}),
				TextField(Field{ID: "name", Label: "Name", Value: hostile, Hint: "Any.", Constraint: "Up to 100."}, errs),
				TextArea(Field{ID: "description", Label: "Description", Optional: true, Value: hostile}, errs),
				Select(Field{ID: "license", Label: "Self-managed license", Value: "b"}, []Option{{Value: "", Label: "Choose"}, {Value: "b", Label: hostile}}, errs),
				CheckboxTiles(Field{ID: "type", Label: "Report types", Hint: "One or more."}, tiles, errs),
				RadioTiles(Field{ID: "frequency", Label: "Frequency", Constraint: "Fixed."}, tiles, errs),
				NumberField(Field{ID: "license_count", Label: "Number", Autofocus: true}, errs),
				Checkbox(Field{ID: "hard_limit", Label: "Enforce", Hint: "Refuse."}, true, errs),
				DateField(Field{ID: "expires", Label: "Expires"}, errs),
				FileField(Field{ID: "file", Label: "File"}, ".csv", errs),
				PathPreview("Destination", "s3://b/Reports/", hostile, "/x.csv", "name"),
				TagsEditor("/usage-reports", []usage.Tag{{}, {Key: "a", Value: hostile}}, errs),
			),
			with(FormFooter(), CancelLink("/usage-reports")),
		),
	)
}

func detailComponents(p Page) templ.Component {
	return templ.Join(
		PageHeader(Heading{Title: hostile, Actions: templ.Join(PostButton("/run", "Generate report now"), DialogLink("/delete", "Delete"))}),
		with(AlertWithAction(KindError, PostButton("/retry", "Retry now")), At(p.Clock, testNow())),
		with(Box(Heading{ID: "details", Title: "Details"}), with(KeyValues(),
			with(KeyValue("Status"), Status(KindSuccess, "Succeeded")), KeyText("None", ""),
			with(KeyValue("Created"), AgoAt(p.Clock, testNow(), "admin")), with(WideKeyValue("ARN"), CopyText("ARN", hostile)),
			with(WideKeyValue("S3"), CopyLink("S3 location", "s3://b", "/s3")), with(KeyValue("Types"), Badges("a", hostile)))),
		with(Box(Heading{ID: "numbers", Title: "Numbers"}), with(Stats(), Stat("New", "96", "of 100")),
			Meter(0.5, ToneWarning), MeterWithLegend([]Segment{{Label: "EC2", Value: "2", Share: 0.5, Tone: Tone1}}, "2 available", true)),
		with(TableBox(Heading{ID: "history", Title: "History", Counter: "0"}), NoRows("No reports yet."), NoMatches(List{Path: "/x"})),
		with(Empty("No usage reports", "None."), ButtonLink("/create", "Create"), DownloadLink("/f", "f.csv")),
		with(Steps(), with(Step("First", true), Sub("done")), Step("Second", false)),
	)
}

func testErrors() FieldErrors {
	var errs FieldErrors
	for _, field := range []string{"name", "license", "type", "license_count", "hard_limit", "tag-key-0", "tags"} {
		errs.Add(field, "Label of "+field, hostile)
	}
	return errs
}

func pages(t testing.TB) map[string]templ.Component {
	p := testPage(t)
	visitor := p
	visitor.User = ""
	help := with(Help("Usage reports"), NoRows("Words."))
	dialog := Dialog{Title: "Delete usage report", Question: NoRows("Sure?"), Action: "/delete", CancelURL: "/back", Submit: "Delete", Hidden: []Param{{Name: "id", Value: hostile}}}
	confirm := dialog
	confirm.Confirm, confirm.Typed = true, hostile
	confirm.Errors.Add("confirm", "Confirm", "Type “confirm” to delete.")
	return map[string]templ.Component{
		"list":        with(Layout(p), listComponents(p)),
		"form":        with(LayoutWithHelp(p, help), formComponents(nil)),
		"invalid":     with(LayoutWithHelp(p, help), formComponents(testErrors())),
		"details":     with(Layout(p), detailComponents(p)),
		"dialog":      with(DialogLayout(p, dialog, detailComponents(p)), with(Alert(KindInfo), NoRows("Files stay."))),
		"confirm":     DialogLayout(p, confirm, listComponents(p)),
		"preferences": Preferences(PreferencesPage{Page: p, TimeZone: hostile, Next: hostile, Errors: FieldErrors{{Field: "time_zone", Label: "Time zone", Message: hostile}}}),
		"password":    Password(PasswordPage{Page: p, PasswordRule: "12 characters or more.", Errors: FieldErrors{{Field: "new_password", Label: NewPassword, Message: hostile}}}),
		"search":      SearchResults(searchPage(p)),
		"no search":   SearchResults(SearchPage{Page: p}),
		"sign-in":     SignIn(SignInPage{Page: visitor, Next: hostile, Subtitle: "Continue.", Username: hostile, Problem: SignInFailed, Advice: SignInFailedAdvice}),
		"setup":       Setup(SetupPage{Page: visitor, Token: hostile, PasswordRule: "12 characters or more."}),
		"error":       with(Error(NewErrorPage(p, http.StatusInternalServerError, hostile)), NoRows("More.")),
		"visitor":     Error(NewErrorPage(visitor, http.StatusNotFound, "")),
		"forbidden":   Error(Forbidden(p, "delete", "usage reports", "Editor")),
	}
}

func searchPage(p Page) SearchPage {
	l, r := LicenseRow{}, ReportItem{License: hostile}
	l.ID, l.Name, l.Description, r.ID, r.Name = "lic-1", hostile, hostile, "r-1", hostile
	found := SearchPage{
		Page: p, Text: hostile, Licenses: []LicenseRow{l}, LicenseCount: "10,000+", Reports: []ReportItem{r}, ReportCount: "1",
		Resources: []ResourceRow{{Resource: usage.Resource{ID: hostile, ARN: hostile, Status: hostile}, LicenseID: "lic-1", LicenseName: hostile}}, ResourceCount: "2",
		Tags: map[string]usage.Tag{"lic-1": {Key: hostile, Value: hostile}, "r-1": {Key: hostile}},
	}
	found.Search = hostile
	return found
}

func TestPagesAreSoundHTML(t *testing.T) {
	t.Parallel()
	for name, page := range pages(t) {
		out := text(t, page)
		checkHTML(t, name, out)
		if strings.Contains(out, "<script>") || strings.Contains(out, "javascript:") {
			t.Errorf("%s: a value is not escaped", name)
		}
		if strings.Count(out, "<h1") != 1 || strings.Count(out, "<main") != 1 || strings.Count(out, "<title>") != 1 {
			t.Errorf("%s: not one h1, main and title", name)
		}
		if strings.Count(out, "autofocus") > 1 {
			t.Errorf("%s: more than one element has the focus", name)
		}
	}
}
