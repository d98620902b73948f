package browsertest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// violationBinding is a function that pages of the browser have; it takes what
// they do against the content security policy.
const violationBinding = "reportViolation"

// reportViolations runs before the scripts of every page.
const reportViolations = `document.addEventListener("securitypolicyviolation", (e) =>
	reportViolation(e.effectiveDirective + " " + e.blockedURI + " in " + e.sourceFile + ":" + e.lineNumber + " " + e.sample))`

// fasterThanAutofocus is what the browser notes when a test puts the focus into
// a field before the page, loaded just then, has done so itself.
const fasterThanAutofocus = "Autofocus processing was blocked because a document already has a focused element."

// complaints collects what pages give to complain about.
type complaints struct {
	mu      sync.Mutex
	texts   []string
	allowed []string // beginnings of texts
}

// listen notes an event of a tab. It is called in the order of the events.
func (c *complaints) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		c.add("console." + string(e.Type) + " " + arguments(e.Args))
	case *runtime.EventExceptionThrown:
		c.add("exception " + e.ExceptionDetails.Text + " " + describe(e.ExceptionDetails.Exception))
	case *runtime.EventBindingCalled:
		c.add("content security policy " + e.Payload)
	case *log.EventEntryAdded:
		if e.Entry.Text == fasterThanAutofocus {
			return
		}
		c.add(fmt.Sprintf("log %s %s: %s", e.Entry.Level, e.Entry.URL, e.Entry.Text))
	case *audits.EventIssueAdded:
		c.add("issue " + string(e.Issue.Code))
	}
}

func (c *complaints) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, beginning := range c.allowed {
		if strings.HasPrefix(text, beginning) {
			return
		}
	}
	c.texts = append(c.texts, text)
}

func (c *complaints) allow(beginning string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.allowed = append(c.allowed, beginning)
}

// take returns what was noted since the last call.
func (c *complaints) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	texts := c.texts
	c.texts = nil
	return texts
}

func arguments(values []*runtime.RemoteObject) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, describe(v))
	}
	return strings.Join(texts, " ")
}

func describe(value *runtime.RemoteObject) string {
	if value == nil {
		return ""
	}
	if value.Description != "" {
		return value.Description
	}
	return string(value.Value)
}
