package sample

import (
	"fmt"
	"time"

	"license-manager/store/usage"
)

// group is a number of machines of one kind.
type group struct {
	licenses                        []int // places in the catalog
	of                              usage.ResourceType
	n                               int
	platform, instanceType, tenancy string
	vcpus, cores, sockets, threads  int64
	stopped                         int // one in so many is stopped; 0: none
	recent                          int // so many came in the last half year, the others before
	gone                            int // so many more have gone since
}

// groups is the catalog of machines.
func groups() []group {
	const ec2, managed = usage.EC2Instance, usage.ManagedInstance
	return []group{
		{[]int{oracle}, ec2, 48, "Oracle Linux 9", "r7i.4xlarge", "default", 16, 8, 1, 2, 0, 24, 2},
		{[]int{oracle}, usage.RDS, 9, "Oracle EE", "db.r6i.4xlarge", "", 16, 8, 1, 2, 0, 0, 0},
		{[]int{sqlServer}, ec2, 33, "Windows Server 2022", "r6i.4xlarge", "default", 16, 8, 1, 2, 0, 8, 1},
		{[]int{sqlServer}, usage.EC2AMI, 4, "Windows Server 2022", "", "", 0, 0, 0, 0, 0, 0, 0},
		{[]int{windows}, usage.EC2Host, 40, "Windows Server 2022", "m5", "host", 96, 48, 2, 2, 0, 6, 0},
		{[]int{rhel}, ec2, 246, "RHEL 9", "m7i.2xlarge", "default", 8, 4, 1, 2, 21, 30, 6},
		{[]int{rhel}, managed, 96, "RHEL 8", "", "", 16, 8, 2, 2, 0, 0, 0},
		{[]int{rhel}, usage.EC2AMI, 6, "RHEL 9", "", "", 0, 0, 0, 0, 0, 0, 0},
		{[]int{hana, suse}, ec2, 7, "SLES 15", "x2idn.16xlarge", "default", 64, 32, 1, 2, 0, 2, 0},
		{[]int{hana, suse}, ec2, 2, "SLES 15", "x2idn.16xlarge", "default", 64, 32, 1, 1, 0, 0, 0},
		{[]int{vmware}, managed, 36, "VMware ESXi 8", "", "", 64, 32, 2, 2, 0, 10, 2},
		{[]int{matlab}, ec2, 18, "Ubuntu 24.04", "c7i.8xlarge", "default", 32, 16, 1, 2, 6, 12, 0},
		{[]int{suse}, ec2, 612, "SLES 15", "m7i.large", "default", 2, 1, 1, 2, 17, 90, 24},
		{[]int{suse}, usage.EC2AMI, 8, "SLES 15", "", "", 0, 0, 0, 0, 0, 0, 0},
		{[]int{webSphere}, ec2, 6, "RHEL 8", "m5.xlarge", "default", 4, 2, 1, 2, 1, 0, 0},
		{nil, ec2, 96, "Amazon Linux 2023", "t3.medium", "default", 2, 1, 1, 2, 12, 0, 0},
		{nil, usage.RDS, 33, "PostgreSQL", "db.m6g.large", "", 2, 2, 1, 1, 0, 0, 0},
	}
}

func (e *Estate) addMachines() {
	n := 0
	for _, g := range groups() {
		for i := range g.n + g.gone {
			r := e.machine(g, n)
			if g.stopped > 0 && i%g.stopped == g.stopped-1 {
				r.Status = "stopped"
			}
			since, until := e.period(g, i)
			if until.IsZero() {
				e.Resources = append(e.Resources, r)
			}
			for _, place := range g.licenses {
				e.past = append(e.past, use{e.association(e.Licenses[place], r, since), until})
			}
			n++
		}
	}
}

// machine is the n-th machine of the estate.
func (e *Estate) machine(g group, n int) usage.Resource {
	account, region := e.account(n), e.region(n)
	made := e.options.Now.Add(-400 * day)
	r := usage.Resource{
		Type: g.of, Status: "running", OwnerAccountID: account, Region: region, Platform: g.platform,
		InstanceType: g.instanceType, Tenancy: g.tenancy, VCPUs: known(g.vcpus), Cores: known(g.cores), Sockets: known(g.sockets),
		ThreadsPerCore: known(g.threads), CreatedAt: made, UpdatedAt: e.options.Now,
	}
	place := region + ":" + account + ":"
	switch g.of {
	case usage.EC2Host:
		r.ID, r.Status = resourceID("h", n), "available"
		r.ARN = "arn:aws:ec2:" + place + "dedicated-host/" + r.ID
	case usage.EC2AMI:
		r.ID, r.Status = resourceID("ami", n), "available"
		r.ARN = "arn:aws:ec2:" + region + "::image/" + r.ID
	case usage.RDS:
		r.ID, r.Status = resourceID("db", n), "available"
		r.ARN = "arn:aws:rds:" + place + "db:" + r.ID
	case usage.ManagedInstance:
		r.ID, r.Status = resourceID("mi", n), "Online"
		r.ARN = "arn:aws:ssm:" + place + "managed-instance/" + r.ID
	default:
		r.ID = resourceID("i", n)
		r.ARN = "arn:aws:ec2:" + place + "instance/" + r.ID
	}
	return r
}

func resourceID(kind string, n int) string {
	return fmt.Sprintf("%s%s-%04d", ResourcePrefix, kind, n+1)
}

func known(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

// account is the own one for most machines, and three others that are made up.
func (e *Estate) account(n int) string {
	accounts := [...]string{"111122223333", "444455556666", "777788889999"}
	if n%5 < 3 {
		return e.options.Account.ID
	}
	return accounts[n/5%len(accounts)]
}

func (e *Estate) region(n int) string {
	if n%4 == 3 {
		return "eu-west-1"
	}
	return e.options.Account.Region
}

// period is when the i-th machine of a group used its licenses: the recent
// ones came evenly over the last half year, so that consumption grows.
func (e *Estate) period(g group, i int) (since, until time.Time) {
	const halfYear = 180 * day
	moment := time.Duration(i*7919%86400) * time.Second
	switch {
	case i < g.recent:
		since = e.options.Now.Add(-halfYear + time.Duration(i)*halfYear/time.Duration(g.recent))
	case i < g.n:
		since = e.options.Now.Add(-200*day - time.Duration(i%150)*day - moment)
	default: // gone some time in the last half year
		since = e.options.Now.Add(-390 * day)
		until = e.options.Now.Add(-time.Duration(i-g.n+1)*halfYear/time.Duration(g.gone+1) - moment/48)
	}
	return since.Truncate(time.Second), until
}

func (e *Estate) association(l usage.License, r usage.Resource, since time.Time) usage.Association {
	consumed, err := usage.Consume(l, r, nil)
	if err != nil {
		panic(err) // the catalog is checked by a test
	}
	a := usage.Association{LicenseID: l.ID, ResourceID: r.ID, ResourceType: r.Type, Consumed: consumed, AssociatedAt: since}
	a.Line = usage.AppendResourceLine(nil, r, a)
	return a
}
