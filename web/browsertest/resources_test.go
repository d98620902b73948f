package browsertest_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

// ownAccount begins with a zero, which must not get lost.
const ownAccount = "012345678901"

const accountID = "LICENSE_MANAGER_ACCOUNT_ID=" + ownAccount

// resources are the rows of an import: 8 + 8 + 0 + 4 cores, and an image, which
// is associated but consumes nothing.
func resources() []map[string]string {
	return []map[string]string{
		{"resource_id": "i-0a1b2c3d4e5f60001", "resource_type": "EC2_INSTANCE", "resource_status": "running", "instance_type": "r6i.4xlarge", "cores": "8"},
		{"resource_id": "i-0a1b2c3d4e5f60002", "resource_type": "EC2_INSTANCE", "resource_status": "running", "instance_type": "r6i.4xlarge", "cores": "8"},
		{"resource_id": "i-0a1b2c3d4e5f60003", "resource_type": "EC2_INSTANCE", "resource_status": "stopped", "instance_type": "r6i.4xlarge", "cores": "8"},
		{"resource_id": "db-ÄÖÜ-1", "resource_type": "RDS", "resource_status": "available", "cores": "4"},
		{"resource_id": "ami-0123456789abcdef0", "resource_type": "EC2_AMI", "resource_status": "available"},
	}
}

// importResources imports resources in two steps, with the columns of the
// template. A file with an error writes nothing.
func (p *page) importResources() {
	p.t.Helper()
	p.follow("Tracked resources")
	p.want("No tracked resources")
	p.follow("Import tracked resources")
	p.refused("Next", "/tracked-resources/import")
	p.want("Choose a CSV file.")
	name, template := p.download("Download template")
	if !strings.HasSuffix(name, ".csv") {
		p.t.Errorf("the template is %q, want a CSV file", name)
	}
	header, err := csv.NewReader(strings.NewReader(template)).Read()
	if err != nil || len(header) != 15 {
		p.t.Fatalf("template %q: %v, want 15 columns", template, err)
	}
	wrong := resources()
	wrong[1]["consumed_licenses"] = "many"
	p.upload(header, wrong)
	p.want("Step 2 of 2", "1 of 5 rows can’t be imported.", "Enter a whole number, 0 or greater.", "many")
	if _, rows := p.download("Download these rows"); !strings.Contains(rows, wrong[1]["resource_id"]) || !strings.Contains(rows, "Enter a whole number") {
		p.t.Errorf("the rows with errors are %q", rows)
	}
	p.follow("Choose another file")
	p.upload(header, resources())
	p.want("Nothing has been saved yet.", "New resources 5", "Rows with errors 0", "Cores consumed after import 20 of 480")
	p.follow("Import 5 resources")
	p.follow("Tracked resources")
	p.want("Tracked resources (5)", "i-0a1b2c3d4e5f60003", "db-ÄÖÜ-1", "0123-4567-8901")
}

// upload chooses a license and a file, and goes on to the review.
func (p *page) upload(header []string, rows []map[string]string) {
	p.t.Helper()
	var text strings.Builder
	file := csv.NewWriter(&text)
	records := [][]string{header}
	for _, row := range rows {
		row["resource_owner_id"] = ownAccount
		var record []string
		for _, column := range header {
			record = append(record, row[column])
		}
		records = append(records, record)
	}
	if err := file.WriteAll(records); err != nil {
		p.t.Fatal(err)
	}
	path := filepath.Join(p.t.TempDir(), "resources.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		p.t.Fatal(err)
	}
	p.choose("license", licenseName)
	p.do(chromedp.SetUploadFiles(field("file"), []string{path}))
	p.follow("Next")
}

// deleteLicense deletes the license, for which its last usage report and its
// resources have to go first.
func (p *page) deleteLicense() {
	p.t.Helper()
	p.follow("Usage reports")
	p.follow("second")
	p.here("Delete")
	p.want("Permanently delete usage report second?")
	p.follow("Delete")
	p.follow("Self-managed licenses")
	p.follow(licenseName)
	p.follow("Delete")
	p.want("Self-managed license "+licenseName+" can’t be deleted.", "It has 5 tracked resources. Disassociate them first")
	p.follow("View resources")
	p.want("Tracked resources (5)")
	p.follow("Self-managed licenses")
	p.follow(licenseName)
	p.follow("Disassociate")
	for _, row := range resources() {
		p.do(chromedp.Click(chromedp.CSS(`[aria-label="Select ` + row["resource_id"] + `"]`)))
	}
	p.follow("Disassociate")
	p.want("0 of 480 cores consumed")
	p.here("Delete")
	p.want("Permanently delete self-managed license " + licenseName + "?")
	p.fill("confirm", "CONFIRM")
	p.follow("Delete")
	p.want("Successfully deleted self-managed license " + licenseName + ".")
}

// checkUsage compares a resource usage file with what was imported.
func (p *page) checkUsage(content string) {
	p.t.Helper()
	records, err := csv.NewReader(strings.NewReader(content)).ReadAll()
	if err != nil || len(records) != 1+len(resources()) {
		p.t.Fatalf("resource usage: %v\n%s", err, content)
	}
	id, owner := slices.Index(records[0], "resource_id"), slices.Index(records[0], "resource_owner_id")
	for _, row := range resources() {
		if !slices.ContainsFunc(records, func(r []string) bool { return r[id] == row["resource_id"] && r[owner] == ownAccount }) {
			p.t.Errorf("resource usage has no %s of %s:\n%s", row["resource_id"], ownAccount, content)
		}
	}
}
