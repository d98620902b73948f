// Package views holds the pages of the console as templ components, and the plain values that they take.
//
// A page is a struct that embeds Page (XxxPage) and a component of the same noun. Handlers fill the struct and render
// the component; views know no request, no database and no context. One file per noun: the components of reports.templ
// take the values of reports.go. After a change of a .templ file run
// "go tool templ generate" in the root (make generate); the generated files name their paths from there.
//
// # A page
//
//	templ ReportDetails(p ReportDetailsPage) {
//		@Layout(p.Page) {
//			@reportDetails(p)          // the content alone, so that DialogLayout can show it behind a dialog
//		}
//	}
//
//	Layout(p)                          a page of the console                                    layout.templ
//	LayoutWithHelp(p, help)            the same with explanations beside it; Help, InfoLink
//	DialogLayout(p, dialog, behind)    a dialog over a page; DialogBox is its htmx fragment     dialog.templ
//	SignInLayout(p, heading)           a card for visitors; SignIn and Setup are made of it     signin.templ
//	Error(NewErrorPage(p, status, id)) every error, for users and visitors; ErrorFragment       errors.templ
//
// Page.Search is what the search in the top bar holds; its page is SearchResults (search.templ).
//
// # Parts of a page
//
//	PageHeader, Box, TableBox, PageBox(Heading)      headings with counters and actions                    box.templ
//	KeyValues, KeyValue, WideKeyValue, KeyText, Sub  properties of one thing; Stats, Stat: large numbers   box.templ
//	Alert, AlertWithAction, ErrorSummary, FlashBar   messages, in the tones of Kind                        alert.templ
//	Status, StatusWithReason, Badges                 states and labels                                     status.go
//	Ago, At, AgoAt, LastUpdated(Clock, time)         points in time                                        clock.go
//	CopyText, CopyLink, CopyButton, PathPreview      what people copy                                      buttons.templ
//	ButtonLink, PrimaryLink, DialogLink, PostButton  actions; RefreshLink                                  buttons.templ
//	ExternalLink, DownloadLink                       links out of the console                              buttons.templ
//	Meter, MeterWithLegend                           shares of a whole                                     meter.templ
//	Empty, NoRows, NoMatches, Steps, Step            when there is nothing to show                         empty.templ
//	ConsumptionOverTime                              figures, chart with limit and forecast, and its table         consumption.templ
//	SampleNotice                                     that there is sample data, and how it goes                    sample.templ
//	IconSearch and its like                          drawings: @IconSearch                                 icons.templ
//
// # Forms
//
// Form surrounds the fields; each field takes a Field and the FieldErrors of the form, which give it its message,
// aria-invalid, aria-describedby and, for the first invalid one, the focus.
//
//	TextField, TextArea, Select, NumberField, DateField, FileField, PasswordField, Checkbox      form.templ
//	GroupedSelect, ErrorText       options in groups; the message of a field                     form.templ
//	CheckboxTiles, RadioTiles      choices that need a description                               tiles.templ
//	TagsEditor                     tags, row by row                                              form.templ
//	FormFooter, CancelLink         the buttons at the end                                        form.templ
//
// # Lists
//
// List is the state of a list page as its URL tells it, and makes the links that change one thing of it. PageBox (for a
// whole page) or TableBox surrounds FilterTools (with FilterSelect and, by itself, Pager), SelectionForm and Table;
// Table, or WideTable for many columns, has SortColumn, Column, their like for numbers (SortNumberColumn, NumberColumn)
// and SelectColumn in its head. ActionButton acts on the selected rows, and Poll
// refreshes the list while something in it is in progress. Rows are written with markup (markup.go), because
// templ allocates twice for every value and a table has hundreds of them. Every cell but the first says the name of its
// column, for phones.
//
// With JavaScript, htmx replaces the PageBox when the list is filtered, sorted or paged: for a request with the
// HX-Request header the handler renders the PageBox alone.
//
// A few classes of console.css are for pages: muted, small, mono, nowrap, num, big (a large number), mt (space above),
// hide-s (not on phones), wide (a cell that takes the whole width of a card on phones), clip (a cell whose ExternalLink is
// cut short).
//
// # Words and numbers
//
// format.go and clock.go are the only places that turn values into text: Number, Change, Size, Duration, Percent,
// Account, Count, JoinNames, OrMissing, and Clock for times. A missing value is "-".
//
// # Rules
//
// No inline style or script: the content security policy forbids both (page_test.go checks every page). Drawings of
// amounts are SVG with geometry attributes. Everything works without JavaScript; data- attributes tell static/console.js
// and htmx what to add. templ drops the space between a text and a component that follows it: write { " " }.
package views
