package views

import (
	"slices"
	"strconv"
	"strings"

	"license-manager/store/usage"
)

// ruleGroup is one or two rules that the same license types have.
type ruleGroup struct {
	types []usage.CountingType
	rules []usage.RuleName
}

// licenseRuleGroups are all rules in the order of the form.
func licenseRuleGroups() []ruleGroup {
	groups := []ruleGroup{
		{rules: []usage.RuleName{usage.AllowedTenancy}},
		{rules: []usage.RuleName{usage.LicenseAffinityToHost}},
		{rules: []usage.RuleName{usage.HonorVCPUOptimization}},
		{rules: []usage.RuleName{usage.MinimumVCPUs, usage.MaximumVCPUs}},
		{rules: []usage.RuleName{usage.MinimumCores, usage.MaximumCores}},
		{rules: []usage.RuleName{usage.MinimumSockets, usage.MaximumSockets}},
	}
	for i, group := range groups {
		for _, t := range usage.CountingTypes() {
			if slices.Contains(usage.RuleNames(t), group.rules[0]) {
				groups[i].types = append(groups[i].types, t)
			}
		}
	}
	return groups
}

// typeNames are the types as console.js reads them.
func (g ruleGroup) typeNames() string {
	names := make([]string, len(g.types))
	for i, t := range g.types {
		names[i] = string(t)
	}
	return strings.Join(names, " ")
}

// shown reports whether the form shows the group: if the type has the rules, or a rule is there nevertheless (the core
// reads cores and sockets of Instance licenses) or is wrong.
func (g ruleGroup) shown(p LicenseFormPage) bool {
	return slices.Contains(g.types, p.Form.CountingType) || slices.ContainsFunc(g.rules, func(name usage.RuleName) bool {
		return p.Errors.Of(string(name)) != "" || p.ID != "" && p.Form.Rules[name] != ""
	})
}

// ruleLabel names the field of a rule.
func ruleLabel(name usage.RuleName) string {
	switch name {
	case usage.AllowedTenancy:
		return "Tenancy"
	case usage.LicenseAffinityToHost:
		return "License affinity to host in days"
	case usage.HonorVCPUOptimization:
		return "Honor vCPU optimization"
	default:
		bound, unit := ruleBound(name)
		return bound + " " + unit.Unit(2)
	}
}

// ruleBound splits the name of a rule about a number: "Minimum" and vCPUs.
func ruleBound(name usage.RuleName) (string, usage.CountingType) {
	switch name {
	case usage.MinimumVCPUs:
		return "Minimum", usage.CountVCPU
	case usage.MaximumVCPUs:
		return "Maximum", usage.CountVCPU
	case usage.MinimumCores:
		return "Minimum", usage.CountCore
	case usage.MaximumCores:
		return "Maximum", usage.CountCore
	case usage.MinimumSockets:
		return "Minimum", usage.CountSocket
	default:
		return "Maximum", usage.CountSocket
	}
}

// ruleOptions are the values of a rule that is chosen from a list; none for a number.
func ruleOptions(name usage.RuleName) []Option {
	switch name {
	case usage.AllowedTenancy:
		return []Option{{Value: "", Label: "Any tenancy"}, {Value: "EC2-Default", Label: "Shared"}, {Value: "EC2-DedicatedInstance", Label: "Dedicated Instance"}, {Value: "EC2-DedicatedHost", Label: "Dedicated Host"}}
	case usage.HonorVCPUOptimization:
		return []Option{{Value: "", Label: "Not set"}, {Value: "True", Label: "True: count cores × threads per core"}, {Value: "False", Label: "False: count all vCPUs"}}
	default:
		return nil
	}
}

// ruleHint explains a rule in the form.
func ruleHint(name usage.RuleName) string {
	switch name {
	case usage.AllowedTenancy:
		return "Which EC2 instances may use the license."
	case usage.LicenseAffinityToHost:
		return "How long the license stays with a host, 1 to 180 days."
	case usage.HonorVCPUOptimization:
		return "How the vCPUs of instances with a configured number of cores and threads are counted."
	default:
		return ""
	}
}

// ruleWords are the rules of a license as its details page says them.
func ruleWords(rules usage.Rules) []string {
	words := make([]string, len(rules))
	for i, rule := range rules {
		words[i] = ruleWord(rule)
	}
	return words
}

func ruleWord(rule usage.Rule) string {
	n, _ := strconv.ParseInt(rule.Value, 10, 64)
	switch rule.Name {
	case usage.AllowedTenancy:
		for _, option := range ruleOptions(rule.Name) {
			if option.Value == rule.Value {
				return option.Label
			}
		}
		return rule.Value
	case usage.LicenseAffinityToHost:
		return "Host affinity " + Count(n, "day", "days")
	case usage.HonorVCPUOptimization:
		if rule.Value == "True" {
			return "Honors vCPU optimization"
		}
		return "Ignores vCPU optimization"
	default:
		bound, unit := ruleBound(rule.Name)
		return bound + " " + Number(n) + " " + unit.Unit(n)
	}
}
