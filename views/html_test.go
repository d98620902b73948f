package views

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"
)

// text renders components without children.
func text(t testing.TB, components ...templ.Component) string {
	t.Helper()
	var out bytes.Buffer
	if err := templ.Join(components...).Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// with gives a component its children.
func with(parent templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// checkHTML finds what a browser would mend silently, what the content security policy would block, and references
// to ids that are not there.
func checkHTML(t testing.TB, name, page string) {
	t.Helper()
	tokens := html.NewTokenizer(strings.NewReader(page))
	voidElements := []string{"input", "meta", "link", "br", "wbr", "hr", "img"}
	var open []string
	ids, references := map[string]bool{}, map[string]string{}
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s: %v not closed", name, open)
			}
			for id, attribute := range references {
				if !ids[id] {
					t.Errorf("%s: %s names #%s, which is not there", name, attribute, id)
				}
			}
			return
		case html.StartTagToken:
			token := tokens.Token()
			checkAttributes(t, name, token, ids, references)
			if !slices.Contains(voidElements, token.Data) {
				open = append(open, token.Data)
			}
		case html.SelfClosingTagToken:
			token := tokens.Token()
			checkAttributes(t, name, token, ids, references)
		case html.EndTagToken:
			tag := tokens.Token().Data
			if len(open) == 0 || open[len(open)-1] != tag {
				t.Errorf("%s: </%s> closes %v", name, tag, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

func checkAttributes(t testing.TB, name string, token html.Token, ids map[string]bool, references map[string]string) {
	t.Helper()
	seen := map[string]bool{}
	for _, attribute := range token.Attr {
		if seen[attribute.Key] {
			t.Errorf("%s: %s twice in %v", name, attribute.Key, token)
		}
		seen[attribute.Key] = true
		switch key := attribute.Key; {
		case key == "style", strings.HasPrefix(key, "on"), strings.HasPrefix(attribute.Val, "javascript:"):
			t.Errorf("%s: the content security policy blocks %v", name, token)
		case key == "id":
			if ids[attribute.Val] {
				t.Errorf("%s: id %s twice", name, attribute.Val)
			}
			ids[attribute.Val] = true
		case slices.Contains([]string{"for", "form", "popovertarget", "aria-labelledby", "aria-describedby"}, key):
			for _, id := range strings.Fields(attribute.Val) {
				references[id] = key
			}
		case key == "href" && strings.HasPrefix(attribute.Val, "#"):
			references[attribute.Val[1:]] = key
		}
	}
	if token.Data == "style" || (token.Data == "script" && !seen["src"]) {
		t.Errorf("%s: the content security policy blocks %v", name, token)
	}
}
