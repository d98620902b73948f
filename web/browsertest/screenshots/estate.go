package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"license-manager/web/browsertest"
)

// license is a self-managed license with what uses it.
type license struct {
	name, description, countingType string
	count                           int
	hard                            bool
	machines, cores                 int // how many machines, and the cores of each
	platform, instanceType          string
}

func licenses() []license {
	return []license{
		{"Oracle Database EE", "Enterprise Edition with partitioning", "Core", 480, true, 30, 8, "Oracle Linux 9", "r7i.4xlarge"},
		{"SQL Server Enterprise", "Software Assurance until 2028", "Core", 256, false, 33, 8, "Windows Server 2022", "r6i.4xlarge"},
		{"Windows Server Datacenter", "", "Socket", 96, false, 71, 1, "Windows Server 2022", "m7i.8xlarge"},
		{"Red Hat Enterprise Linux", "Premium subscription", "Instance", 400, false, 318, 4, "RHEL 9", "m7i.2xlarge"},
		{"SAP HANA", "Runtime license", "vCPU", 640, true, 9, 32, "SLES 15", "x2idn.16xlarge"},
	}
}

// report is a usage report about the license of that place in the list.
type report struct {
	name      string
	about     string
	license   int
	types     []string
	frequency string
	tags      [2]string // team and environment
	paused    bool
}

func reports() []report {
	both, summary, usage := []string{"summary", "resource-usage"}, []string{"summary"}, []string{"resource-usage"}
	return []report{
		{"oracle-ee-daily", "Database licenses for the annual audit", 0, both, "24h", [2]string{"databases", "production"}, false},
		{"oracle-ee-audit", "", 0, both, "30d", [2]string{"compliance", ""}, false},
		{"sql-server-weekly", "", 1, both, "7d", [2]string{"databases", "production"}, false},
		{"sql-server-summary", "", 1, summary, "24h", [2]string{"databases", ""}, false},
		{"windows-datacenter", "", 2, both, "7d", [2]string{"platform", ""}, false},
		{"rhel-subscriptions", "", 3, summary, "24h", [2]string{"platform", "production"}, false},
		{"rhel-machines", "", 3, usage, "7d", [2]string{"platform", ""}, true},
		{"sap-hana-monthly", "", 4, both, "30d", [2]string{"erp", "production"}, false},
		{"sap-hana-daily", "", 4, summary, "24h", [2]string{"erp", ""}, false},
		{"windows-summary", "", 2, summary, "24h", [2]string{"platform", ""}, false},
	}
}

// history is how many reports the featured usage report has published.
const history = 12

// fill creates everything and returns the path of the details page of the
// report to show.
func fill(ctx context.Context, o browsertest.Options) (featured string, err error) {
	process, err := browsertest.Start(ctx, o)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, process.Stop(ctx)) }()
	e := estate{client: browsertest.NewClient(process.URL)}
	if err := e.client.SignIn(ctx, userName, password); err != nil {
		return "", err
	}
	for n, l := range licenses() {
		if err := e.createLicense(ctx, n, l); err != nil {
			return "", err
		}
	}
	for i, r := range reports() {
		path, err := e.createReport(ctx, r)
		if err != nil {
			return "", err
		}
		if i == 0 {
			featured = path
		}
	}
	return featured, e.addHistory(ctx, featured)
}

// estate is what has been created so far.
type estate struct {
	client   *browsertest.Client
	licenses []string // ids
}

func (e *estate) createLicense(ctx context.Context, n int, l license) error {
	answer, err := e.client.Post(ctx, "/self-managed-licenses", url.Values{
		"name": {l.name}, "description": {l.description}, "counting_type": {l.countingType},
		"license_count": {strconv.Itoa(l.count)}, "hard_limit": {strconv.FormatBool(l.hard)},
	})
	if err != nil {
		return err
	}
	e.licenses = append(e.licenses, answer.Path[strings.LastIndexByte(answer.Path, '/')+1:])
	return e.importMachines(ctx, n, 0, l.machines)
}

// importMachines adds machines that use a license, numbered from first.
func (e *estate) importMachines(ctx context.Context, n, first, count int) error {
	l := licenses()[n]
	var file strings.Builder
	fmt.Fprintln(&file, "resource_id,resource_type,resource_owner_id,resource_status,region,platform,instance_type,vcpus,cores,sockets")
	for i := first; i < first+count; i++ {
		fmt.Fprintf(&file, "i-%017x,EC2_INSTANCE,123456789012,running,eu-central-1,%s,%s,%d,%d,1\n", (n+1)<<32+i*7919, l.platform, l.instanceType, 2*l.cores, l.cores)
	}
	review, err := e.client.Upload(ctx, "/tracked-resources/import", url.Values{"license": {e.licenses[n]}}, "file", file.String())
	if err == nil {
		_, err = e.client.Post(ctx, review.Path, nil)
	}
	return err
}

func (e *estate) createReport(ctx context.Context, r report) (path string, err error) {
	fields := url.Values{
		"name": {r.name}, "description": {r.about}, "license": {e.licenses[r.license]}, "type": r.types, "frequency": {r.frequency},
		"tag_key": {"team"}, "tag_value": {r.tags[0]},
	}
	if r.tags[1] != "" {
		fields.Add("tag_key", "environment")
		fields.Add("tag_value", r.tags[1])
	}
	answer, err := e.client.Post(ctx, "/usage-reports", fields)
	if err != nil {
		return "", err
	}
	if err := e.published(ctx, answer.Path); err != nil {
		return "", err
	}
	if r.paused {
		_, err = e.client.Post(ctx, answer.Path+"/pause", nil)
	}
	return answer.Path, err
}

// addHistory publishes the report again and again while machines are added.
func (e *estate) addHistory(ctx context.Context, path string) error {
	for n := range history - 1 {
		if err := e.importMachines(ctx, 0, 1000*(n+1), 1+n%2); err != nil {
			return err
		}
		if _, err := e.client.Post(ctx, path+"/run", nil); err != nil {
			return err
		}
		if err := e.published(ctx, path); err != nil {
			return err
		}
	}
	return nil
}

// published waits until nothing is going on with a report.
func (e *estate) published(ctx context.Context, path string) error {
	next := time.NewTicker(50 * time.Millisecond)
	defer next.Stop()
	for {
		answer, err := e.client.Get(ctx, path)
		if err != nil || !strings.Contains(answer.Body, `data-hx-trigger="every`) {
			return err
		}
		select {
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
