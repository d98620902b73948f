package views

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

// LicenseInUse says why a license can’t be deleted: for its usage reports, for its resources, or for both. named are the
// first usage reports.
func LicenseInUse(id, name string, reports, resources int64, named []Link) []Flash {
	f := Flash{Kind: KindError, Title: "Self-managed license " + name + " can’t be deleted."}
	them := plural(reports, "that usage report", "those usage reports")
	tracked := Count(resources, "tracked resource", "tracked resources")
	switch {
	case reports == 0 && resources == 0:
		return nil
	case reports == 0:
		f.Text = "It has " + tracked + ". Disassociate " + plural(resources, "it", "them") + " first, and then delete the license."
		f.Action = Link{Label: "View resources", URL: licenseResourcesURL(id)}
		return []Flash{f}
	case resources == 0:
		f.After = ". Delete " + them + " first, and then delete the license."
	default:
		f.After = ". It also has " + tracked + ". Delete " + them + " and disassociate " + plural(resources, "that resource", "those resources") +
			" first, and then delete the license."
	}
	if more := reports - int64(len(named)); more > 0 {
		named = append(named, Link{Label: Number(more) + " more", URL: licenseReportsURL(id)})
	}
	f.Text, f.Links = "It has "+Count(reports, "usage report", "usage reports")+" associated:", named
	f.Action = Link{Label: "View usage reports", URL: licenseReportsURL(id)}
	return []Flash{f}
}
