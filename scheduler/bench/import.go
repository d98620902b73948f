package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"license-manager/store/usage"
)

const importRows = 1_000_000

// measureImport imports a file into an empty database by the program's own command, beside sqlite3, which checks nothing and
// keeps nothing but the columns of the file, indexed as the product does.
func measureImport(ctx context.Context, b *bench) error {
	rows := b.scaled(importRows)
	file := b.path("resources.csv")
	if err := writeImportFile(file, rows); err != nil {
		return err
	}
	dir, peer := b.path("import"), b.path("import-peer.db")
	figures, err := b.alternate(ctx,
		side{"license-manager import", func(ctx context.Context) (float64, error) { return b.importOurs(ctx, dir, file, rows) }},
		side{"sqlite3 .import", func(ctx context.Context) (float64, error) { return b.importPeer(ctx, peer, file, rows) }},
	)
	if err != nil {
		return err
	}
	b.book.set("import/sqlite3", figures[0], figures[1], "the program from start to end, against the import alone")
	return errors.Join(os.Remove(file), os.Remove(peer), os.RemoveAll(dir))
}

// writeImportFile writes tracked resources in no order that an index has, as inventories come.
func writeImportFile(path string, rows int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, strings.Join(usage.ImportColumns(), ","))
	platforms := []string{"Linux/UNIX", "Windows", "Windows with SQL Server Enterprise", "Red Hat Enterprise Linux"}
	statuses := []string{"running", "running", "running", "stopped"}
	regions := []string{"us-east-1", "eu-central-1", "ap-southeast-2"}
	for n := range uint64(rows) {
		id := fmt.Sprintf("i-0%016x", (n+1)*0x9e3779b97f4a7c15) // odd, so no id comes twice
		owner := 100_000_000_000 + n%7*111_111
		region := regions[n%3]
		fmt.Fprintf(w, "%s,EC2_INSTANCE,arn:aws:ec2:%s:%d:instance/%s,%s,%d,%s,%s,m7i.4xlarge,default,16,8,1,2,%s,\n",
			id, region, owner, id, statuses[n%4], owner, region, platforms[n%4], importLicense)
	}
	return errors.Join(w.Flush(), f.Close())
}

// importLicense is the name of the license of all rows.
const importLicense = "License 000"

// importOurs imports into a database that has the license and nothing else.
func (b *bench) importOurs(ctx context.Context, dir, file string, rows int) (float64, error) {
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)); err != nil {
		return 0, err
	}
	if _, _, err := seed(ctx, filepath.Join(dir, "license-manager.db"), 1); err != nil {
		return 0, err
	}
	command := exec.CommandContext(ctx, b.program, "import", file, "--data-dir", dir)
	command.Env = append(plainEnvironment(), "LICENSE_MANAGER_ACCOUNT_ID="+account().ID)
	var out []byte
	figure, err := rate(rows, func() (err error) {
		out, err = command.CombinedOutput()
		return err
	})
	if want := fmt.Sprintf("%d new", rows); err == nil && !strings.Contains(string(out), want) {
		err = fmt.Errorf("want %s", want)
	}
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return figure, nil
}

// importPeer imports into an empty database with the indexes of the product's resources and of their use. What the product keeps
// beside the columns of the file, the peer need not.
func (b *bench) importPeer(ctx context.Context, database, file string, rows int) (float64, error) {
	if err := os.RemoveAll(database); err != nil {
		return 0, err
	}
	columns := usage.ImportColumns()
	columns[0] += " text PRIMARY KEY"
	schema := []string{
		"CREATE TABLE resources (" + strings.Join(columns, ", ") + ")",
		"CREATE INDEX by_account ON resources (resource_owner_id, resource_id, resource_type, resource_status)",
		"CREATE INDEX by_type ON resources (resource_type, resource_id, resource_owner_id, resource_status)",
		"CREATE INDEX by_status ON resources (resource_status, resource_id, resource_owner_id, resource_type)",
		"CREATE INDEX by_license ON resources (license, resource_id)",
	}
	if _, err := output(ctx, "sqlite3", database, strings.Join(schema, ";")); err != nil {
		return 0, err
	}
	began := time.Now()
	if _, err := output(ctx, "sqlite3", database, ".import --csv --skip 1 '"+file+"' resources"); err != nil {
		return 0, err
	}
	took := time.Since(began)
	count, err := output(ctx, "sqlite3", database, "SELECT count(*) FROM resources")
	if err == nil && strings.TrimSpace(count) != fmt.Sprint(rows) {
		err = fmt.Errorf("%s rows, want %d", strings.TrimSpace(count), rows)
	}
	return float64(rows) / took.Seconds(), err
}
