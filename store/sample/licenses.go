package sample

import (
	"time"

	"license-manager/store/usage"
)

const day = 24 * time.Hour

// kind is a license of the estate.
type kind struct {
	name, description string
	counting          usage.CountingType
	count             int64 // 0: no limit
	hard              bool
	rules             string
	expires           int // in so many days; 0: never
	retired           bool
	team              string
}

// The places of the licenses in the catalog.
const (
	oracle = iota
	sqlServer
	windows
	rhel
	hana
	vmware
	matlab
	suse
	webSphere
)

// kinds is the catalog of licenses.
func kinds() []kind {
	return []kind{
		oracle:    {"Oracle Database EE", "Enterprise Edition with partitioning", usage.CountCore, 480, true, "#maximumCores=64", 310, false, "databases"},
		sqlServer: {"SQL Server Enterprise", "Software Assurance", usage.CountCore, 256, false, "#minimumCores=4", 0, false, "databases"},
		windows:   {"Windows Server Datacenter", "Dedicated hosts", usage.CountSocket, 96, false, "#allowedTenancy=EC2-DedicatedHost;#licenseAffinityToHost=90", 0, false, "platform"},
		rhel:      {"Red Hat Enterprise Linux", "Premium subscription", usage.CountInstance, 400, false, "", 152, false, "platform"},
		hana:      {"SAP HANA", "Runtime license", usage.CountVCPU, 640, true, "#honorVcpuOptimization=True;#minimumVcpus=16", 0, false, "erp"},
		vmware:    {"VMware Cloud Foundation", "On-premises clusters, counted without a limit", usage.CountCore, 0, false, "", 0, false, "data-center"},
		matlab:    {"MATLAB Parallel Server", "Research and development", usage.CountInstance, 25, true, "#minimumVcpus=8", 20, false, "research"},
		suse:      {"SUSE Linux Enterprise Server", "", usage.CountVCPU, 2000, false, "", 0, false, "platform"},
		webSphere: {"IBM WebSphere ND", "Replaced by containers", usage.CountVCPU, 120, false, "", -40, true, "middleware"},
	}
}

func (e *Estate) addLicenses() {
	for _, k := range kinds() {
		rules, err := usage.ParseRules(k.rules)
		if err != nil {
			panic(err) // the catalog is checked by a test
		}
		made := e.options.Now.Add(-400 * day)
		l := usage.License{
			ID: usage.NewLicenseID(), Name: k.name, Description: k.description, CountingType: k.counting,
			HardLimit: k.hard, Rules: rules, Status: usage.LicenseAvailable, OwnerAccountID: e.options.Account.ID, Version: 1,
			CreatedAt: made, CreatedBy: By, UpdatedAt: made, UpdatedBy: By,
			Tags: []usage.Tag{{Key: "team", Value: k.team}, Tag()},
		}
		l.ARN = e.options.Account.LicenseARN(l.ID)
		if k.count > 0 {
			l.Count = &k.count
		}
		if k.expires != 0 {
			expires := e.options.Now.Truncate(day).Add(time.Duration(k.expires) * day)
			l.ExpiresAt = &expires
		}
		if k.retired {
			l.Status = usage.LicenseDeactivated
		}
		e.Licenses = append(e.Licenses, l)
	}
}
