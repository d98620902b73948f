package usage

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// ResourceType is the kind of a tracked resource, in AWS's own words.
type ResourceType string

// The resource types.
const (
	EC2Instance     ResourceType = "EC2_INSTANCE"
	EC2Host         ResourceType = "EC2_HOST"
	EC2AMI          ResourceType = "EC2_AMI"
	RDS             ResourceType = "RDS"
	ManagedInstance ResourceType = "SYSTEMS_MANAGER_MANAGED_INSTANCE"
)

// ResourceTypes lists all resource types in the order of the summary file.
func ResourceTypes() []ResourceType {
	return []ResourceType{EC2Instance, EC2Host, EC2AMI, RDS, ManagedInstance}
}

// Valid reports whether t is one of the five resource types.
func (t ResourceType) Valid() bool { return t.Label() != "" }

// Label returns the words shown for t.
func (t ResourceType) Label() string {
	switch t {
	case EC2Instance:
		return "EC2 instance"
	case EC2Host:
		return "EC2 host"
	case EC2AMI:
		return "EC2 AMI"
	case RDS:
		return "RDS"
	case ManagedInstance:
		return "Managed instance"
	default:
		return ""
	}
}

// MaxLicensesPerResource is how many licenses a resource may use.
const MaxLicensesPerResource = 10

// Resource is a tracked resource. Attributes that are not known are empty
// or nil.
type Resource struct {
	ID             string       `gorm:"primaryKey"` // e.g. i-0123456789abcdef0
	ARN            string       `gorm:"column:arn"`
	Type           ResourceType // fixed words of AWS
	Status         string       // AWS's own words, e.g. running, stopped
	OwnerAccountID string       // 12 digits
	Region         string
	Platform       string
	InstanceType   string
	Tenancy        string // default, dedicated, host; or as in the rule, e.g. EC2-DedicatedHost
	VCPUs          *int64 `gorm:"column:vcpus"`
	Cores          *int64
	Sockets        *int64
	ThreadsPerCore *int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Association ties a resource to a license that it uses.
type Association struct {
	LicenseID    string `gorm:"primaryKey"`
	ResourceID   string `gorm:"primaryKey"`
	ResourceType ResourceType
	Consumed     int64     // licenses consumed now
	Given        *int64    // consumption given by an import, which wins over the computed one
	AssociatedAt time.Time // since when
	Line         []byte    // ResourceLine of the two, kept with every write of either
}

// Stopped reports whether r is stopped or terminated, and so consumes nothing.
func (r Resource) Stopped() bool {
	return strings.EqualFold(r.Status, "stopped") || strings.EqualFold(r.Status, "terminated")
}

// tenancyRule returns the tenancy of r in the words of the rule
// allowedTenancy, empty if it is not known or not a matter of EC2.
func (r Resource) tenancyRule() string {
	switch strings.ToLower(r.Tenancy) {
	case "default", "shared", "ec2-default":
		return "EC2-Default"
	case "host", "ec2-dedicatedhost":
		return "EC2-DedicatedHost"
	case "dedicated", "ec2-dedicatedinstance":
		return "EC2-DedicatedInstance"
	default:
		return ""
	}
}

// Consume returns how many licenses of l the resource r consumes. A number
// given by an import wins over the computed one; a stopped or terminated
// resource and an AMI consume none. The error says which attribute is missing
// or too large.
func Consume(l License, r Resource, given *int64) (int64, error) {
	if r.Stopped() || r.Type == EC2AMI {
		return 0, nil
	}
	if given != nil {
		return *given, nil
	}
	switch l.CountingType {
	case CountInstance:
		return 1, nil
	case CountCore:
		return known(r.Cores, "cores")
	case CountSocket:
		return known(r.Sockets, "sockets")
	default:
		honor, _ := l.Rules.Get(HonorVCPUOptimization)
		if strings.EqualFold(honor, "True") && r.Cores != nil && r.ThreadsPerCore != nil {
			return threads(*r.Cores, *r.ThreadsPerCore)
		}
		return known(r.VCPUs, "vcpus")
	}
}

// threads returns the vCPUs of an instance as configured. The counters could
// not hold many products of any two counts.
func threads(cores, perCore int64) (int64, error) {
	n := cores * perCore
	if n > MaxCount {
		return 0, fmt.Errorf("Enter fewer cores or threads_per_core: %d vCPUs are too many.", n) //nolint:staticcheck // a sentence for the user
	}
	return n, nil
}

func known(value *int64, column string) (int64, error) {
	if value == nil {
		return 0, fmt.Errorf("Enter %s or consumed_licenses: the license counts by it.", column) //nolint:staticcheck // a sentence for the user
	}
	return *value, nil
}

// Validate checks the fields of r. Fields are named like the columns of an
// import.
func (r Resource) Validate() FieldErrors {
	var errs FieldErrors
	if r.ID == "" {
		errs.Add("resource_id", "Enter a resource ID.")
	}
	if !r.Type.Valid() {
		errs.Add("resource_type", "Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE.")
	}
	if !IsAccountID(r.OwnerAccountID) {
		errs.Add("resource_owner_id", "Enter 12 digits.")
	}
	for _, f := range [...]struct {
		column, value string
		limit         int
	}{
		{"resource_id", r.ID, 255}, {"resource_arn", r.ARN, 1024}, {"resource_status", r.Status, 64},
		{"region", r.Region, 64}, {"platform", r.Platform, 128}, {"instance_type", r.InstanceType, 64},
	} {
		if m := textProblem(f.value, f.limit); m != "" {
			errs.Add(f.column, m)
		}
	}
	if r.Tenancy != "" && r.tenancyRule() == "" {
		errs.Add("tenancy", "Use default, dedicated, or host.")
	}
	return errs
}

func textProblem(s string, limit int) string {
	if plainText(s, limit) {
		return ""
	}
	if hasControlCharacters(s) {
		return "Remove characters that can’t be shown."
	}
	if utf8.RuneCountInString(s) > limit {
		return fmt.Sprintf("Enter %d characters or fewer.", limit)
	}
	return ""
}

// plainText is the quick way for what nearly all values are: short ASCII.
func plainText(s string, limit int) bool {
	if len(s) > limit {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
