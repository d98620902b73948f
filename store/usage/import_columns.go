package usage

import (
	"strings"
	"unicode"
)

// importNames are other names of columns, as exports of AWS, of inventory tools
// and of this console have them: without spaces, punctuation and capital letters, the
// ones that tell more first.
func importNames() map[string][]string {
	return map[string][]string{
		"resource_id":       {"resourceid", "instanceid", "dbinstanceidentifier"},
		"resource_type":     {"resourcetype"},
		"resource_arn":      {"resourcearn", "arn"},
		"resource_status":   {"resourcestatus", "status", "state", "instancestate", "powerstate"},
		"resource_owner_id": {"resourceownerid", "resourceowningaccountid", "ownerid", "owneraccountid", "owneraccount", "awsaccountid", "accountid", "account"},
		"region":            {"region", "awsregion"},
		"platform":          {"platform", "platformdetails", "operatingsystem", "os"},
		"instance_type":     {"instancetype"},
		"tenancy":           {"tenancy"},
		"vcpus":             {"vcpus", "vcpu", "cpus"},
		"cores":             {"cores", "corecount"},
		"sockets":           {"sockets", "socketcount"},
		"threads_per_core":  {"threadspercore"},
		"license": {
			"license", "licenseconfigurationid", "licenseconfigurationarn", "licensename", "selfmanagedlicense", "licenseconfiguration",
		},
		"consumed_licenses": {"consumedlicenses"},
	}
}

// simpleName is the name of a column without spaces, punctuation and capital letters.
func simpleName(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, name)
}

// columnNamed returns the place of a column among names: the one with its own name, else
// the first of its other names. It is -1 if there is none.
func columnNamed(column string, names []string) int {
	for i, name := range names {
		if strings.EqualFold(strings.TrimSpace(name), column) {
			return i
		}
	}
	for _, other := range importNames()[column] {
		for i, name := range names {
			if simpleName(name) == other {
				return i
			}
		}
	}
	return -1
}

// typeOfColumn is the type of the resources whose ids a column of AWS's own name has.
func typeOfColumn(name string) ResourceType {
	switch simpleName(name) {
	case "instanceid":
		return EC2Instance
	case "dbinstanceidentifier":
		return RDS
	default:
		return ""
	}
}

// fromARN fills in what an ARN tells of a resource and the file does not
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html).
func (r *Resource) fromARN() {
	parts := strings.SplitN(r.ARN, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return
	}
	if r.ID == "" {
		r.ID = parts[5][strings.LastIndexAny(parts[5], "/:")+1:]
	}
	if r.OwnerAccountID == "" {
		r.OwnerAccountID = parts[4]
	}
	if r.Region == "" {
		r.Region = parts[3]
	}
}

// licenseOf is the name or id of a license from a cell, which may have its ARN.
func licenseOf(cell string) string {
	if _, id, isARN := strings.Cut(cell, ":license-configuration:"); isARN && strings.HasPrefix(cell, "arn:") {
		return id
	}
	return strings.ReplaceAll(cell, "\u00a0", " ")
}

// accountOf is an account as a cell has it, without the hyphens of 1234-5678-9012.
func accountOf(cell string) string {
	if len(cell) == 14 && cell[4] == '-' && cell[9] == '-' {
		return cell[:4] + cell[5:9] + cell[10:]
	}
	return cell
}

// wholeNumber is a number as a cell has it, without the ".0" of programs that know
// only fractions.
func wholeNumber(cell string) string {
	if whole, fraction, found := strings.Cut(cell, "."); found && whole != "" && strings.Trim(fraction, "0") == "" {
		return whole
	}
	return cell
}
