package views

import (
	"strconv"
)

// LicenseDeletePage is the dialog over a license's details page that deletes it.
type LicenseDeletePage struct {
	LicensePage
	Typed  string // into "confirm"
	Errors FieldErrors
}

func (p LicenseDeletePage) dialog() Dialog {
	return Dialog{
		Title: "Delete self-managed license", Question: licenseQuestion("Permanently delete", p.License.Name, " You can’t undo this action."),
		Action: p.url("delete"), CancelURL: p.url(""), Submit: "Delete", Confirm: true, Typed: p.Typed, Errors: p.Errors,
	}
}

// deactivateDialog asks before a license is deactivated.
func (p LicensePage) deactivateDialog() Dialog {
	return Dialog{
		Title: "Deactivate self-managed license", Question: licenseQuestion("Deactivate", p.License.Name, ""),
		Action: p.url("deactivate"), CancelURL: p.url(""), Submit: "Deactivate",
	}
}

// LicenseInUse says why a license can’t be deleted: one flash for its usage reports, one for its resources. named are
// the first usage reports.
func LicenseInUse(id, name string, reports, resources int64, named []Link) []Flash {
	var flashes []Flash
	title := "Self-managed license " + name + " can’t be deleted."
	if reports > 0 {
		if more := reports - int64(len(named)); more > 0 {
			named = append(named, Link{Label: strconv.FormatInt(more, 10) + " more", URL: licenseReportsURL(id)})
		}
		them := plural(reports, "that usage report", "those usage reports")
		flashes = append(flashes, Flash{
			Kind: KindError, Title: title, Text: "It has " + Count(reports, "usage report", "usage reports") + " associated:", Links: named,
			After: ". Delete " + them + " first, and then delete the license.", Action: Link{Label: "View usage reports", URL: licenseReportsURL(id)},
		})
	}
	if resources > 0 {
		flashes = append(flashes, Flash{
			Kind: KindError, Title: title,
			Text:   "It has " + Count(resources, "tracked resource", "tracked resources") + ". Disassociate " + plural(resources, "it", "them") + " first, and then delete the license.",
			Action: Link{Label: "View resources", URL: licenseResourcesURL(id)},
		})
	}
	return flashes
}
