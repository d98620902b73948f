package inventory

import (
	"fmt"
	"time"

	"license-manager/store/usage"
)

// rules make of rows what they mean for a resource.
type rules struct {
	header   *usage.ImportHeader
	license  string    // of rows that name none; may be empty
	at       time.Time // since when new associations are
	licenses *licenses
}

// fold makes e what a row says. The problem says why it can't be, and leaves e
// half done.
func (r *rules) fold(e *entry, row *row) (problem *usage.RowError, err error) {
	l, problem, err := r.licenseOf(row)
	if problem != nil || err != nil {
		return problem, err
	}
	e.resource = r.header.Merge(e.resource, row.ImportRow)
	for i := range e.uses {
		if problem := r.recount(e, &e.uses[i], row, l); problem != nil {
			return problem, nil
		}
	}
	if l == nil {
		return nil, nil
	}
	l.named = true
	if e.use(l) != nil {
		return nil, nil
	}
	return r.associate(e, row, l), nil
}

// licenseOf returns the license that a row is about, nil if none.
func (r *rules) licenseOf(row *row) (*license, *usage.RowError, error) {
	named := row.License
	if named == "" {
		named = r.license
	}
	if named == "" {
		return nil, nil, nil
	}
	l, err := r.licenses.find(named)
	switch {
	case err != nil:
		return nil, nil, err
	case l == nil:
		return nil, row.problem("license", row.License, unknownLicense(named)), nil
	case l.Deactivated():
		return nil, row.problem("license", row.License, fmt.Sprintf("“%s” is deactivated and takes no more resources.", l.Name)), nil
	default:
		return l, nil, nil
	}
}

func unknownLicense(name string) string {
	return fmt.Sprintf("There is no self-managed license named “%s”.", usage.Showable(name))
}

// recount computes anew what the resource consumes of a license that it uses;
// l is the one that the row is about.
func (r *rules) recount(e *entry, u *use, row *row, l *license) *usage.RowError {
	if u.license == l && r.header.Has("consumed_licenses") {
		u.Given = row.Given
	}
	consumed, err := usage.Consume(u.license.License, e.resource, u.Given)
	if err != nil {
		return row.problem(countedColumn(u.license.CountingType), "", fmt.Sprintf("%s The resource uses “%s”.", err, u.license.Name))
	}
	u.ResourceType, u.Consumed = e.resource.Type, consumed
	return nil
}

// associate makes the resource use l.
func (r *rules) associate(e *entry, row *row, l *license) *usage.RowError {
	if len(e.uses) >= usage.MaxLicensesPerResource {
		return row.problem("license", l.Name, fmt.Sprintf("The resource uses %d licenses already, which is the most.", len(e.uses)))
	}
	if err := l.Rules.Check(e.resource); err != nil {
		return row.problem("license", l.Name, fmt.Sprintf("The resource can’t use “%s”. %s", l.Name, err))
	}
	consumed, err := usage.Consume(l.License, e.resource, row.Given)
	if err != nil {
		return row.problem(countedColumn(l.CountingType), "", err.Error())
	}
	e.uses = append(e.uses, use{license: l, Association: usage.Association{
		LicenseID: l.ID, ResourceID: e.id, ResourceType: e.resource.Type, Consumed: consumed, Given: row.Given, AssociatedAt: r.at,
	}})
	return nil
}

// problem says what is wrong with a row.
func (r *row) problem(column, value, problem string) *usage.RowError {
	return &usage.RowError{Line: r.Line, Column: column, Value: usage.Showable(value), Problem: problem, ResourceID: r.Resource.ID}
}

// countedColumn is the column by which licenses of a type count.
func countedColumn(t usage.CountingType) string {
	switch t {
	case usage.CountCore:
		return "cores"
	case usage.CountSocket:
		return "sockets"
	default:
		return "vcpus"
	}
}
