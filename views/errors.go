package views

import (
	"net/http"
	"strings"
)

// ErrorPage says what went wrong and where to go from here.
type ErrorPage struct {
	Page
	Status    int    // of the answer
	Heading   string // "Page not found"
	Message   string // a sentence or two
	RequestID string // to find the error in the log; "" shows none
	Links     []Link // the first one is the button
}

// NewErrorPage words a status code; the page, heading, message and links may be replaced by better ones.
// The requestID is shown for server errors only.
func NewErrorPage(p Page, status int, requestID string) ErrorPage {
	e := ErrorPage{Page: p, Status: status, Links: []Link{listAround(p.Path)}}
	switch status {
	case http.StatusForbidden:
		e.Heading, e.Message = "Access denied", "You don’t have permission to do this. Ask an administrator for the role that you need."
	case http.StatusNotFound:
		e.Heading, e.Message = "Page not found", "The address is wrong, or what was here has been deleted."
	case http.StatusMethodNotAllowed:
		e.Heading, e.Message = "Page not found", "This address can’t be opened in this way."
	case http.StatusConflict:
		e.Heading, e.Message = "Nothing was changed", "Someone else changed this at the same time. Review the current values and try again."
	case http.StatusGone:
		e.Heading, e.Message = "Deleted", "What was here has been deleted."
	case http.StatusRequestEntityTooLarge:
		e.Heading, e.Message = "Too large", "What you sent is too large, and nothing was saved."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		e.Heading, e.Message = "Nothing was saved", "What you sent could not be read. Go back and try again."
	case http.StatusTooManyRequests:
		e.Heading, e.Message = "Too many attempts", "Try again in a few minutes."
	case http.StatusServiceUnavailable:
		e.Heading, e.Message, e.RequestID = "Not available at the moment", "The database does not answer, or is busy with a large import. Try again in a minute.", requestID
		e.Links = retry(p)
	default:
		e.Heading, e.Message, e.RequestID = "Something went wrong on the server", "Your change wasn’t saved.", requestID
		e.Links = retry(p)
	}
	e.Title = e.Heading
	return e
}

// Forbidden is the page for someone whose role does not allow the action: verb and noun name it ("delete", "usage reports"),
// role is the one that would: "Editor".
func Forbidden(p Page, verb, noun, role string) ErrorPage {
	e := NewErrorPage(p, http.StatusForbidden, "")
	e.Message = "You don’t have permission to " + verb + " " + noun + ". Ask an administrator for the " + role + " role."
	return e
}

// listAround is the list to which an address belongs, or the dashboard.
func listAround(path string) Link {
	for _, list := range []Link{{"Usage reports", string(SectionReports)}, {"Self-managed licenses", string(SectionLicenses)}, {"Tracked resources", string(SectionResources)}} {
		if rest, in := strings.CutPrefix(path, list.URL); in && strings.Trim(rest[:min(len(rest), 1)], "/?") == "" {
			return list
		}
	}
	return Link{Label: "License Manager", URL: "/"}
}

func retry(p Page) []Link { return []Link{{Label: "Retry", URL: orDefault(p.Path, "/")}} }
