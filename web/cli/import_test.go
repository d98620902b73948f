package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestImportWhileTheConsoleRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const header = "resource_id,resource_type,resource_owner_id,vcpus\n"
	good := file("good.csv", header+"i-1,EC2_INSTANCE,123456789012,4\ni-2,EC2_INSTANCE,123456789012,8\n")
	bad := file("bad.csv", header+"i-3,EC2_INSTANCE,123456789012,4\ni-4,FRIDGE,12,x\n")
	one := file("one.csv", header+"i-1,EC2_INSTANCE,123456789012,4\n")
	broken := file("broken.csv", header+"i-5,\"EC2")
	data := filepath.Join(dir, "data")
	c := start(t, program(t, data))
	for _, step := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{good}, 0, []string{"Imported 2 rows: 2 new, 0 updated, 0 unchanged."}},
		{[]string{good}, 0, []string{"Imported 2 rows: 0 new, 0 updated, 2 unchanged."}},
		{[]string{bad}, 1, []string{
			bad + ":3: resource_type: Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE.\n",
			bad + ":3: resource_owner_id: Enter 12 digits.\n",
			bad + ":3: vcpus: Enter a whole number, 0 or greater.\n",
			"nothing was imported: 1 of 2 rows are wrong\n",
		}},
		{[]string{one}, 0, []string{"Imported 1 row: 0 new, 0 updated, 1 unchanged."}},
		{[]string{broken}, 1, []string{broken + ":2:9: A quoted value isn’t closed", "nothing was imported"}},
		{[]string{good, "--license", "no such license"}, 2, []string{"no such license"}},
		{[]string{filepath.Join(dir, "missing.csv")}, 1, []string{"missing.csv: no such file"}},
		{[]string{dir}, 1, []string{"is a directory"}},
		{nil, 2, []string{"<file>"}},
	} {
		code, stdout, stderr := outcome(t, program(t, data, append([]string{"import"}, step.args...)...))
		if code != step.code {
			t.Errorf("%q: exit %d, want %d", step.args, code, step.code)
		}
		for _, want := range step.want {
			if !strings.Contains(stdout+stderr, want) {
				t.Errorf("%q: no %q in:\n%s%s", step.args, want, stdout, stderr)
			}
		}
	}
	if _, stdout, _ := outcome(t, program(t, data, "import", file("third.csv", header+"i-3,EC2_INSTANCE,123456789012,4\n"))); !strings.Contains(stdout, "1 new") {
		t.Errorf("a row of a refused file was written: %s", stdout)
	}
	c.stop(t, syscall.SIGTERM)
}
