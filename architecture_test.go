package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "license-manager"

// rows says which of our packages each part of the program may import; a package belongs to the part whose name is the longest prefix of
// its own. ARCHITECTURE.md has the same table in words.
func rows() map[string][]string {
	return map[string][]string{
		"":                  {"web/cli"},
		"web/cli":           {"web", "handlers", "store", "store/db", "store/inventory", "store/usage", "scheduler", "scheduler/publish", "scheduler/bucket"},
		"web":               {"handlers", "views", "static", "store"},
		"handlers":          {"views", "store", "store/inventory", "store/sample", "store/usage", "scheduler/bucket"},
		"scheduler/publish": {"store", "store/usage", "scheduler/bucket"},
		"views":             {"static", "store/usage"},
		"store":             {"store/db", "store/migrations", "store/sample", "store/usage"},
		"store/inventory":   {"store", "store/db", "store/usage"},
		"store/sample":      {"store/usage"},
		"store/db":          {},
		"store/migrations":  {},
		"store/usage":       {},
		"static":            {},
		"scheduler":         {},
		"scheduler/bucket":  {},
	}
}

// testSupport are the packages that only tests import, and commands for developers. They may import anything.
func testSupport() []string {
	return []string{"store/storetest", "web/webtest", "web/browsertest", "web/browsertest/screenshots", "web/faulttest", "web/compatibility"}
}

// homes says which parts may import a library.
func homes() map[string][]string {
	return map[string][]string{
		"gorm.io/":                 {"store", "store/db", "store/inventory", "store/migrations"},
		"github.com/aws/":          {"scheduler/bucket"},
		"github.com/labstack/echo": {"web", "handlers"},
	}
}

func TestPackagesImportOnlyFromLowerRows(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		part, known := partOf(p.name())
		if !known {
			t.Errorf("package %s has no row in the table of ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.ours() {
			other, _ := partOf(imported)
			if slices.Contains(testSupport(), imported) {
				t.Errorf("%s imports %s, which is for tests", p.ImportPath, imported)
			} else if other != part && !slices.Contains(rows()[part], other) {
				t.Errorf("%s imports %s, which is not below it", p.ImportPath, imported)
			}
		}
	}
}

func TestLibrariesStayAtHome(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		part, _ := partOf(p.name())
		for _, imported := range p.Imports {
			for library, parts := range homes() {
				if strings.HasPrefix(imported, library) && !slices.Contains(parts, part) {
					t.Errorf("%s imports %s, which belongs in %q", p.ImportPath, imported, parts)
				}
			}
		}
	}
}

func TestCoreImportsOnlyTheStandardLibrary(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		if part, _ := partOf(p.name()); part != "store/usage" {
			continue
		}
		for _, imported := range p.Imports {
			domain, _, _ := strings.Cut(imported, "/")
			if strings.Contains(domain, ".") {
				t.Errorf("%s imports %s", p.ImportPath, imported)
			}
		}
	}
}

// mostDependencies is how many modules the program may import itself.
const mostDependencies = 20

func TestProgramHasFewDependencies(t *testing.T) {
	t.Parallel()
	contributing, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string]bool{} // by the program, without its tests
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			imports[imported] = true
		}
	}
	var program []string
	for _, module := range directModules(t) {
		inProgram := func(imported string) bool { return imported == module || strings.HasPrefix(imported, module+"/") }
		if slices.ContainsFunc(slices.Collect(maps.Keys(imports)), inProgram) {
			program = append(program, module)
		} else if !bytes.Contains(contributing, []byte("`"+module+"`")) {
			t.Errorf("%s is for tests or tools, and CONTRIBUTING.md gives no reason for it", module)
		}
	}
	if len(program) > mostDependencies {
		t.Errorf("the program imports %d modules, at most %d may be:\n%s", len(program), mostDependencies, strings.Join(program, "\n"))
	}
}

// directModules are those that go.mod requires without the mark "indirect".
func directModules(t *testing.T) (paths []string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &file); err != nil {
		t.Fatal(err)
	}
	for _, r := range file.Require {
		if !r.Indirect {
			paths = append(paths, r.Path)
		}
	}
	return paths
}

// pkg is one package as go list describes it. Imports are those of the program, not of its tests.
type pkg struct {
	ImportPath string
	Imports    []string
}

// name is the package's folder below the root, empty for the root.
func (p pkg) name() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// ours are the folders of the packages of this module that it imports.
func (p pkg) ours() []string {
	var names []string
	for _, imported := range p.Imports {
		if name, ok := strings.CutPrefix(imported, module+"/"); ok {
			names = append(names, name)
		}
	}
	return names
}

// packages lists what the program is made of, without the packages for tests.
func packages(t *testing.T) []pkg {
	t.Helper()
	var stderr bytes.Buffer
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(testSupport(), p.name()) {
			all = append(all, p)
		}
	}
}

// partOf finds the row that a package belongs to.
func partOf(name string) (part string, known bool) {
	for row := range rows() {
		if row == name || row != "" && strings.HasPrefix(name, row+"/") && len(row) > len(part) {
			part, known = row, true
		}
	}
	return part, known
}
