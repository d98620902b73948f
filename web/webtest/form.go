package webtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Form is a form of a page with what is filled in.
type Form struct {
	Fields url.Values // as they would be sent

	client    *Client
	node      *html.Node
	action    string
	method    string
	multipart bool
	files     []file
}

type file struct {
	field, name string
	content     io.Reader
}

// Form finds the form that goes to that path, with its fields as the page
// fills them. It fails the test if there is none.
func (p *Page) Form(tb testing.TB, action string) *Form {
	tb.Helper()
	for _, node := range p.elements("form") {
		if to := attr(node, "action"); to == action || to == "" && action == p.Path {
			return p.newForm(node, action)
		}
	}
	tb.Fatalf("%s: no form to %s in:\n%s", p.Path, action, p.Text())
	return nil
}

// HasForm reports whether there is a form that goes to that path.
func (p *Page) HasForm(action string) bool {
	for _, node := range p.elements("form") {
		if attr(node, "action") == action {
			return true
		}
	}
	return false
}

func (p *Page) newForm(node *html.Node, action string) *Form {
	f := &Form{
		Fields:    url.Values{},
		client:    p.client,
		node:      node,
		action:    action,
		method:    strings.ToUpper(attr(node, "method")),
		multipart: attr(node, "enctype") == "multipart/form-data",
	}
	for d := range node.Descendants() {
		f.read(d)
	}
	return f
}

// read adds what a control would send.
func (f *Form) read(n *html.Node) {
	name := attr(n, "name")
	if n.Type != html.ElementNode || name == "" {
		return
	}
	switch n.Data {
	case "textarea":
		f.Fields.Add(name, strings.TrimPrefix(rawText(n), "\n"))
	case "select":
		f.Fields.Add(name, selected(n))
	case "input":
		_, checked := lookup(n, "checked")
		switch attr(n, "type") {
		case "submit", "button", "file", "image", "reset":
		case "checkbox", "radio":
			if checked {
				f.Fields.Add(name, attr(n, "value"))
			}
		default:
			f.Fields.Add(name, attr(n, "value"))
		}
	}
}

// selected is the value of a select: the marked option or the first one.
func selected(n *html.Node) string {
	options := find(n, "option")
	for _, o := range options {
		if _, ok := lookup(o, "selected"); ok {
			return attr(o, "value")
		}
	}
	if len(options) > 0 {
		return attr(options[0], "value")
	}
	return ""
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// Set fills in a field; boxes of one name take several values, none of them
// clears all.
func (f *Form) Set(name string, values ...string) { f.Fields[name] = values }

// Options are the values that a select of the form offers.
func (f *Form) Options(name string) []string {
	var values []string
	for _, s := range find(f.node, "select") {
		if attr(s, "name") != name {
			continue
		}
		for _, o := range find(s, "option") {
			values = append(values, attr(o, "value"))
		}
	}
	return values
}

// File chooses a file for an upload.
func (f *Form) File(field, name string, content io.Reader) {
	f.files = append(f.files, file{field: field, name: name, content: content})
}

// Submit sends the form and follows redirects.
func (f *Form) Submit(tb testing.TB) *Page {
	tb.Helper()
	if f.method != http.MethodPost {
		path, _, _ := strings.Cut(f.action, "?")
		return f.client.Get(tb, path+"?"+f.Fields.Encode())
	}
	if f.multipart {
		return f.upload(tb)
	}
	return f.client.Post(tb, f.action, f.Fields)
}

// SubmitAs presses the button with that name and value.
func (f *Form) SubmitAs(tb testing.TB, name, value string) *Page {
	tb.Helper()
	f.Fields.Set(name, value)
	return f.Submit(tb)
}

func (f *Form) upload(tb testing.TB) *Page {
	tb.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	err := f.write(w)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	r := f.client.request(tb, http.MethodPost, f.action, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return f.client.Do(tb, r)
}

func (f *Form) write(w *multipart.Writer) error {
	for name, values := range f.Fields {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				return err
			}
		}
	}
	for _, file := range f.files {
		part, err := w.CreateFormFile(file.field, file.name)
		if err != nil {
			return err
		}
		if _, err := io.Copy(part, file.content); err != nil {
			return err
		}
	}
	return nil
}
