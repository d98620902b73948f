package webtest

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is an answer.
type Page struct {
	Status   int
	Path     string // of the last request, with its query
	Location string // of a redirect that was not followed
	Header   http.Header
	Body     string

	client   *Client
	document *html.Node // nil if it is not HTML
}

func newPage(tb testing.TB, c *Client, response *http.Response, body []byte) *Page {
	tb.Helper()
	p := &Page{
		Status:   response.StatusCode,
		Path:     response.Request.URL.RequestURI(),
		Location: strings.TrimPrefix(response.Header.Get("Location"), c.base),
		Header:   response.Header,
		Body:     string(body),
		client:   c,
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		document, err := html.Parse(bytes.NewReader(body))
		if err != nil {
			tb.Fatal(err)
		}
		p.document = document
	}
	return p
}

// Title is the text of the browser's tab.
func (p *Page) Title() string {
	if titles := p.elements("title"); len(titles) > 0 {
		return text(titles[0])
	}
	return ""
}

// Text is what a reader sees of the page, with single spaces.
func (p *Page) Text() string {
	if p.document == nil {
		return p.Body
	}
	return text(p.document)
}

// Has reports whether a reader sees the text.
func (p *Page) Has(want string) bool { return strings.Contains(p.Text(), squeeze(want)) }

// Links are the addresses of the links with that text.
func (p *Page) Links(label string) []string {
	var urls []string
	for _, a := range p.elements("a") {
		if text(a) == label {
			urls = append(urls, attr(a, "href"))
		}
	}
	return urls
}

// Follow opens the first link with that text.
func (p *Page) Follow(tb testing.TB, label string) *Page {
	tb.Helper()
	urls := p.Links(label)
	if len(urls) == 0 {
		tb.Fatalf("%s: no link %q in:\n%s", p.Path, label, p.Text())
	}
	return p.client.Get(tb, urls[0])
}

// Rows are the texts of the cells of all table rows but the headings. What a
// reader has to unfold is left out.
func (p *Page) Rows() [][]string {
	var rows [][]string
	for _, tr := range p.elements("tr") {
		if within(tr, "details") {
			continue
		}
		var cells []string
		for _, td := range find(tr, "td") {
			cells = append(cells, text(td))
		}
		if len(cells) > 0 {
			rows = append(rows, cells)
		}
	}
	return rows
}

// within reports whether n is inside of such an element.
func within(n *html.Node, element string) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && n.Data == element {
			return true
		}
	}
	return false
}

// WantStatus fails the test at once if the page has another status.
func (p *Page) WantStatus(tb testing.TB, want int) {
	tb.Helper()
	if p.Status != want {
		tb.Fatalf("%s: status %d, want %d; page:\n%s", p.Path, p.Status, want, p.Text())
	}
}

// WantText fails the test for each text that a reader does not see.
func (p *Page) WantText(tb testing.TB, want ...string) {
	tb.Helper()
	for _, w := range want {
		if !p.Has(w) {
			tb.Errorf("%s: no %q in:\n%s", p.Path, w, p.Text())
		}
	}
}

// WantNoText fails the test for each text that a reader does see.
func (p *Page) WantNoText(tb testing.TB, unwanted ...string) {
	tb.Helper()
	for _, u := range unwanted {
		if p.Has(u) {
			tb.Errorf("%s: unwanted %q in:\n%s", p.Path, u, p.Text())
		}
	}
}

func (p *Page) elements(name string) []*html.Node {
	if p.document == nil {
		return nil
	}
	return find(p.document, name)
}

// find lists the elements of that name in their order.
func find(n *html.Node, name string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == name {
			found = append(found, d)
		}
	}
	return found
}

func attr(n *html.Node, name string) string {
	value, _ := lookup(n, name)
	return value
}

func lookup(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// text is the text of an element; cells, lines and the like are separated.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode && !silent(d.Parent):
			b.WriteString(d.Data)
		case d.Type == html.ElementNode && !inline(d.Data):
			b.WriteByte(' ')
		}
	}
	return squeeze(b.String())
}

func silent(n *html.Node) bool { return n.Data == "script" || n.Data == "style" }

func inline(element string) bool {
	switch element {
	case "a", "b", "strong", "em", "code", "span", "small", "time", "label", "wbr":
		return true
	default:
		return false
	}
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
