package store

import (
	"encoding/binary"
	"fmt"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// apply makes e what a row says, or refuses the row.
func (p *importPass) apply(e *importEntry, row *usage.ImportRow) error {
	l, problem, err := p.licenseOf(row)
	if err != nil {
		return err
	}
	if problem != "" {
		return p.refuse(row, "license", row.License, problem)
	}
	refused := p.refused.count
	e.resource = p.in.Merge(e.resource, *row)
	err = p.applyUses(e, row, l)
	if p.refused.count == refused {
		e.rows++
	}
	return err
}

// licenseOf returns the license that a row is about, nil if none, or what is
// wrong with it.
func (p *importPass) licenseOf(row *usage.ImportRow) (*importLicense, string, error) {
	named := row.License
	if named == "" {
		named = p.license
	}
	if named == "" {
		return nil, "", nil
	}
	l, err := p.licenses.named(named)
	switch {
	case err != nil:
		return nil, "", err
	case l == nil:
		return nil, unknownLicense(named), nil
	case l.Deactivated():
		return nil, fmt.Sprintf("“%s” is deactivated and takes no more resources.", l.Name), nil
	default:
		return l, "", nil
	}
}

func unknownLicense(name string) string {
	return fmt.Sprintf("There is no self-managed license named “%s”.", usage.Showable(name))
}

// applyUses counts anew what the resource consumes, and makes it use l unless
// it does already.
func (p *importPass) applyUses(e *importEntry, row *usage.ImportRow, l *importLicense) error {
	for i := range e.uses {
		u := &e.uses[i]
		given := u.Given
		if u.license == l && p.given {
			given = row.Given
		}
		consumed, err := usage.Consume(u.license.License, e.resource, given)
		if err != nil {
			return p.refuse(row, countedColumn(u.license.CountingType), "", fmt.Sprintf("%s The resource uses “%s”.", err, u.license.Name))
		}
		if err := p.move(u, row.Line, usage.Association{ResourceType: e.resource.Type, Consumed: consumed, Given: given}); err != nil {
			return err
		}
	}
	if l == nil {
		return nil
	}
	l.isNamed = true
	if e.use(l) != nil {
		return nil
	}
	return p.associate(e, row, l)
}

// associate makes the resource use l, or refuses the row.
func (p *importPass) associate(e *importEntry, row *usage.ImportRow, l *importLicense) error {
	if len(e.uses) >= usage.MaxLicensesPerResource {
		return p.refuse(row, "license", l.Name, fmt.Sprintf("The resource uses %d licenses already, which is the most.", len(e.uses)))
	}
	if len(l.Rules) > 0 {
		if err := l.Rules.Check(e.resource); err != nil {
			return p.refuse(row, "license", l.Name, fmt.Sprintf("The resource can’t use “%s”. %s", l.Name, err))
		}
	}
	consumed, err := usage.Consume(l.License, e.resource, row.Given)
	if err != nil {
		return p.refuse(row, countedColumn(l.CountingType), "", err.Error())
	}
	e.uses = append(e.uses, importUse{license: l, Association: usage.Association{LicenseID: l.ID, ResourceID: e.id, AssociatedAt: db.UTC(p.act.At)}})
	u := &e.uses[len(e.uses)-1]
	return p.move(u, row.Line, usage.Association{ResourceType: e.resource.Type, Consumed: consumed, Given: row.Given})
}

// move gives u the type and consumption of to, and counts the difference.
func (p *importPass) move(u *importUse, line int, to usage.Association) error {
	difference := to.Consumed - u.Consumed
	if u.ResourceType != to.ResourceType || difference != 0 {
		if u.ResourceType != "" {
			u.license.delta.Add(u.ResourceType, -1, -u.Consumed)
		}
		u.license.delta.Add(to.ResourceType, 1, to.Consumed)
	}
	u.ResourceType, u.Consumed, u.Given = to.ResourceType, to.Consumed, to.Given
	if difference == 0 || !u.license.limited() {
		return nil
	}
	return p.moves.add(lineKey(line), binary.AppendVarint(binary.AppendUvarint(nil, uint64(u.license.number)), difference))
}

// refuse refuses a row.
func (p *importPass) refuse(row *usage.ImportRow, column, value, problem string) error {
	return p.refused.add(*row, usage.RowError{
		Line: row.Line, Column: column, Value: usage.Showable(value), Problem: problem, ResourceID: row.Resource.ID,
	})
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

// refuseOverLimit refuses the rows at which licenses named in the file pass
// their hard limit, in the order of the file.
func (p *importPass) refuseOverLimit() error {
	over := map[uint64]*passedLimit{}
	for _, l := range p.licenses.byID {
		if after := l.after(); l.isNamed && l.limited() && l.OverLimit(after) && after > l.before {
			over[uint64(l.number)] = &passedLimit{license: l, total: l.before}
		}
	}
	if len(over) == 0 {
		return nil
	}
	err := p.moves.each(func(key, record []byte) error {
		number, n := binary.Uvarint(record)
		difference, _ := binary.Varint(record[n:])
		if limit := over[number]; limit != nil {
			limit.add(int(binary.BigEndian.Uint64(key)), difference)
		}
		return nil
	})
	if err != nil {
		return err
	}
	lines := map[int][]usage.RowError{}
	for _, limit := range over {
		lines[limit.line] = append(lines[limit.line], limit.problem())
	}
	return p.refuseLines(lines)
}

// refuseLines refuses rows of which only the lines are known.
func (p *importPass) refuseLines(lines map[int][]usage.RowError) error {
	return p.rows.each(func(key, record []byte) error {
		line, n := binary.Uvarint(record)
		problems, wrong := lines[int(line)]
		if !wrong {
			return nil
		}
		for i := range problems {
			problems[i].ResourceID = string(key)
		}
		return p.refused.add(usage.ImportRow{Line: int(line), Cells: appendedCells(nil, record[n:])}, problems...)
	})
}

// passedLimit finds the row at which a license passes its limit.
type passedLimit struct {
	license *importLicense
	total   int64
	line    int // at which the total passed last
}

func (l *passedLimit) add(line int, difference int64) {
	bound := max(*l.license.Count, l.license.before)
	if l.total <= bound && l.total+difference > bound {
		l.line = line
	}
	l.total += difference
}

func (l *passedLimit) problem() usage.RowError {
	available, _ := l.license.Available(l.license.before)
	problem := &usage.LimitError{
		License: l.license.Name, Unit: l.license.CountingType, Needed: l.license.after() - l.license.before, Available: available,
	}
	return usage.RowError{Line: l.line, Column: "license", Value: l.license.Name, Problem: problem.Error()}
}
