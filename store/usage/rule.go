package usage

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// RuleName is the name of a license rule, in AWS's own spelling.
type RuleName string

// The license rules
// (https://docs.aws.amazon.com/license-manager/latest/userguide/create-license-configuration.html).
const (
	AllowedTenancy        RuleName = "allowedTenancy"
	LicenseAffinityToHost RuleName = "licenseAffinityToHost"
	HonorVCPUOptimization RuleName = "honorVcpuOptimization"
	MinimumVCPUs          RuleName = "minimumVcpus"
	MaximumVCPUs          RuleName = "maximumVcpus"
	MinimumCores          RuleName = "minimumCores"
	MaximumCores          RuleName = "maximumCores"
	MinimumSockets        RuleName = "minimumSockets"
	MaximumSockets        RuleName = "maximumSockets"
)

// MaxAffinityDays is the longest time for which licenseAffinityToHost can
// bind a license to a host.
const MaxAffinityDays = 180

// Tenancies lists the values of allowedTenancy.
func Tenancies() []string {
	return []string{"EC2-Default", "EC2-DedicatedHost", "EC2-DedicatedInstance"}
}

// RuleNames lists the rules that a form offers for a counting type, in order.
func RuleNames(t CountingType) []RuleName {
	switch t {
	case CountVCPU:
		return []RuleName{AllowedTenancy, HonorVCPUOptimization, MinimumVCPUs, MaximumVCPUs}
	case CountCore:
		return []RuleName{AllowedTenancy, LicenseAffinityToHost, MinimumCores, MaximumCores}
	case CountSocket:
		return []RuleName{AllowedTenancy, LicenseAffinityToHost, MinimumSockets, MaximumSockets}
	case CountInstance:
		return []RuleName{AllowedTenancy, MinimumVCPUs, MaximumVCPUs}
	default:
		return nil
	}
}

// allows reports whether licenses of type t may have the rule. Instance
// licenses may also bound cores and sockets, as AWS reads them.
func (n RuleName) allows(t CountingType) bool {
	if t == CountInstance && slices.Contains([]RuleName{MinimumCores, MaximumCores, MinimumSockets, MaximumSockets}, n) {
		return true
	}
	return slices.Contains(RuleNames(t), n)
}

// Rule is one license rule.
type Rule struct {
	Name  RuleName
	Value string
}

// ParseRule reads "#name=value". The value of honorVcpuOptimization may be
// written in any case and is kept as "True" or "False"; numbers lose leading
// zeros and plus signs.
func ParseRule(s string) (Rule, error) {
	name, value, ok := strings.Cut(s, "=")
	name, hash := strings.CutPrefix(name, "#")
	if !ok || !hash {
		return Rule{}, fmt.Errorf("rule %q is not of the form #name=value", s)
	}
	r := Rule{Name: RuleName(name), Value: value}.normalized()
	if m := r.problem(); m != "" {
		return Rule{}, fmt.Errorf("rule %q: %s", s, m)
	}
	return r, nil
}

// String returns "#name=value".
func (r Rule) String() string { return "#" + string(r.Name) + "=" + r.Value }

// normalized returns r with its value in the one form that is stored.
func (r Rule) normalized() Rule {
	r.Value = strings.TrimSpace(r.Value)
	if r.Name == HonorVCPUOptimization {
		switch strings.ToLower(r.Value) {
		case "true":
			r.Value = "True"
		case "false":
			r.Value = "False"
		}
		return r
	}
	if n, err := strconv.ParseInt(r.Value, 10, 64); err == nil {
		r.Value = strconv.FormatInt(n, 10)
	}
	return r
}

// problem says what is wrong with the value of r, empty if nothing is.
func (r Rule) problem() string {
	switch r.Name {
	case AllowedTenancy:
		if !slices.Contains(Tenancies(), r.Value) {
			return "Choose a tenancy: " + strings.Join(Tenancies(), ", ") + "."
		}
	case HonorVCPUOptimization:
		if r.Value != "True" && r.Value != "False" {
			return "Choose True or False."
		}
	case LicenseAffinityToHost:
		if n, ok := r.number(); !ok || n < 1 || n > MaxAffinityDays {
			return fmt.Sprintf("Enter 1 to %d days.", MaxAffinityDays)
		}
	case MinimumVCPUs, MaximumVCPUs, MinimumCores, MaximumCores, MinimumSockets, MaximumSockets:
		_, problem := ParseCount(r.Value)
		return problem
	default:
		return "This rule isn’t known."
	}
	return ""
}

func (r Rule) number() (int64, bool) {
	n, err := strconv.ParseInt(r.Value, 10, 64)
	return n, err == nil
}

// Rules are the rules of a license. The database and the files keep them as
// text, joined by ";".
type Rules []Rule

// ParseRules reads rules joined by ";". Empty text gives no rules.
func ParseRules(s string) (Rules, error) {
	if s == "" {
		return nil, nil
	}
	var rules Rules
	for part := range strings.SplitSeq(s, ";") {
		r, err := ParseRule(part)
		if err != nil {
			return nil, err
		}
		if _, twice := rules.Get(r.Name); twice {
			return nil, fmt.Errorf("rule %q is given twice", r.Name)
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// String joins the rules by ";".
func (rs Rules) String() string {
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = r.String()
	}
	return strings.Join(parts, ";")
}

// Get returns the value of the rule with that name.
func (rs Rules) Get(name RuleName) (string, bool) {
	for _, r := range rs {
		if r.Name == name {
			return r.Value, true
		}
	}
	return "", false
}

func (rs Rules) number(name RuleName) (int64, bool) {
	value, ok := rs.Get(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return n, err == nil
}

// Normalized returns rs with every value in the form that is stored.
func (rs Rules) Normalized() Rules {
	out := make(Rules, len(rs))
	for i, r := range rs {
		out[i] = r.normalized()
	}
	return out
}

// Validate checks the rules of a license of type t. Fields are named like
// the rules.
func (rs Rules) Validate(t CountingType) FieldErrors {
	var errs FieldErrors
	rs = rs.Normalized()
	for i, r := range rs {
		if m := r.problem(); m != "" {
			errs.Add(string(r.Name), m)
		} else if t.Valid() && !r.Name.allows(t) {
			errs.Add(string(r.Name), fmt.Sprintf("Licenses that count %s don’t have this rule.", t.Unit(2)))
		} else if _, twice := rs[:i].Get(r.Name); twice {
			errs.Add(string(r.Name), "This rule is given twice.")
		}
	}
	for _, b := range bounds() {
		low, hasLow := rs.number(b.minimum)
		high, hasHigh := rs.number(b.maximum)
		if hasLow && hasHigh && low > high && errs.For(string(b.minimum)) == "" {
			errs.Add(string(b.minimum), fmt.Sprintf("Minimum must be %d or fewer.", high))
		}
	}
	return errs
}

// Check returns an error that names the first rule that r breaks. A rule
// about an attribute that is not known of r can't be broken. Affinity binds
// licenses to hosts over time and says nothing about a single resource.
func (rs Rules) Check(r Resource) error {
	if tenancy, ok := rs.Get(AllowedTenancy); ok && r.tenancyRule() != "" && r.tenancyRule() != tenancy {
		return fmt.Errorf("The license allows the tenancy %s only; the resource has %s.", tenancy, r.tenancyRule()) //nolint:staticcheck // a sentence for the user
	}
	for _, b := range bounds() {
		value := b.of(r)
		if value == nil {
			continue
		}
		if low, ok := rs.number(b.minimum); ok && *value < low {
			return boundError("at least", low, *value, b.unit)
		}
		if high, ok := rs.number(b.maximum); ok && *value > high {
			return boundError("at most", high, *value, b.unit)
		}
	}
	return nil
}

func boundError(relation string, bound, value int64, unit CountingType) error {
	return errors.New("The license requires " + relation + " " + strconv.FormatInt(bound, 10) + " " + unit.Unit(bound) +
		"; the resource has " + strconv.FormatInt(value, 10) + ".")
}

// bound is a pair of rules about one number of a resource.
type bound struct {
	minimum, maximum RuleName
	unit             CountingType
	of               func(Resource) *int64
}

func bounds() []bound {
	return []bound{
		{MinimumVCPUs, MaximumVCPUs, CountVCPU, func(r Resource) *int64 { return r.VCPUs }},
		{MinimumCores, MaximumCores, CountCore, func(r Resource) *int64 { return r.Cores }},
		{MinimumSockets, MaximumSockets, CountSocket, func(r Resource) *int64 { return r.Sockets }},
	}
}

// Value gives the stored form.
func (rs Rules) Value() (driver.Value, error) { return rs.String(), nil }

// Scan reads the stored form.
func (rs *Rules) Scan(src any) error {
	var text string
	switch s := src.(type) {
	case string:
		text = s
	case []byte:
		text = string(s)
	default:
		return fmt.Errorf("rules: cannot read %T", src)
	}
	parsed, err := ParseRules(text)
	*rs = parsed
	return err
}

// GormDataType tells GORM the column type.
func (Rules) GormDataType() string { return "text" }
