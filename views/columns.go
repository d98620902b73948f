package views

import "slices"

// ListColumn is a column of a list that can be left out.
type ListColumn struct {
	Key    string // as it is kept, and sorted by
	Label  string
	Sorts  bool
	Number bool
	Extra  bool // left out unless it is chosen
}

// PageSizes are how many rows a page of a list can have.
func PageSizes() []int { return []int{10, 25, 50, 100} }

// usualSize is how many rows a page has for whom chose nothing else.
const usualSize = 25

// Rows is how many rows a page has.
func (l List) Rows() int {
	if l.Size > 0 {
		return l.Size
	}
	return l.usual()
}

// usual is how many rows a page has where the URL says nothing.
func (l List) usual() int {
	if l.Usual > 0 {
		return l.Usual
	}
	return usualSize
}

// columns are those that are shown.
func (l List) columns(all []ListColumn) []ListColumn {
	var shown []ListColumn
	for _, c := range all {
		if l.shows(c) {
			shown = append(shown, c)
		}
	}
	return shown
}

// Shows reports whether the reader chose to see a column.
func (l List) Shows(key string) bool { return slices.Contains(l.Shown, key) }

func (l List) shows(c ListColumn) bool {
	if l.Shown == nil {
		return !c.Extra
	}
	return l.Shows(c.Key)
}

// ReportColumns are the columns of the table of usage reports, in their order.
func ReportColumns() []ListColumn {
	return []ListColumn{
		{Key: "status", Label: "Status", Sorts: true},
		{Key: "description", Label: "Description", Extra: true},
		{Key: "license", Label: "Self-managed license", Sorts: true},
		{Key: "types", Label: "Report types"},
		{Key: "frequency", Label: "Frequency", Sorts: true},
		{Key: "last-report", Label: "Last report", Sorts: true},
		{Key: "next-report", Label: "Next report", Sorts: true},
		{Key: "bucket", Label: "S3 bucket"},
		{Key: "created", Label: "Created", Sorts: true, Extra: true},
		{Key: "created-by", Label: "Created by", Extra: true},
		{Key: "tags", Label: "Tags", Extra: true},
		{Key: "last-size", Label: "Last size", Number: true, Extra: true},
	}
}

// LicenseColumns are the columns of the list of self-managed licenses.
func LicenseColumns() []ListColumn {
	return []ListColumn{
		{Key: "status", Label: "Status", Sorts: true},
		{Key: "description", Label: "Description", Extra: true},
		{Key: "type", Label: "License type", Sorts: true},
		{Key: "consumed", Label: "Consumed", Sorts: true},
		{Key: "enforce", Label: "Enforce limit"},
		{Key: "reports", Label: "Usage reports", Sorts: true, Number: true},
		{Key: "resources", Label: "Resources", Sorts: true, Number: true},
		{Key: "expires", Label: "Expires", Sorts: true},
		{Key: "created", Label: "Created", Extra: true},
		{Key: "created-by", Label: "Created by", Extra: true},
	}
}

// ResourceColumns are the columns of the list of tracked resources.
func ResourceColumns() []ListColumn {
	return []ListColumn{
		{Key: "status", Label: "Status", Sorts: true},
		{Key: "type", Label: "Resource type", Sorts: true},
		{Key: "instance-type", Label: "Instance type"},
		{Key: "platform", Label: "Platform"},
		{Key: "account", Label: "Owner account", Sorts: true},
		{Key: "region", Label: "Region"},
		{Key: "license", Label: "Self-managed license"},
		{Key: "consumed", Label: "Consumed", Number: true},
		{Key: "associated", Label: "Associated"},
		{Key: "tenancy", Label: "Tenancy", Extra: true},
		{Key: "vcpus", Label: "vCPUs", Number: true, Extra: true},
		{Key: "cores", Label: "Cores", Number: true, Extra: true},
		{Key: "sockets", Label: "Sockets", Number: true, Extra: true},
	}
}
