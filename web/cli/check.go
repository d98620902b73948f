package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"license-manager/scheduler/bucket/embedded"
	"license-manager/store"
	"license-manager/store/usage"
)

type checkCommand struct {
	Repair bool `help:"Write anew what is wrong. Other changes of the same license wait meanwhile."`
	Files  bool `help:"Read the files of the embedded S3 server instead, and list those that are damaged."`
}

// errWrong ends a check that found something and did not repair it.
var errWrong = errors.New("what is stored is not what it should be; run check --repair to write it anew")

// check compares what is stored for speed with what it follows from.
func (p *program) check(ctx context.Context, c checkCommand) error {
	if c.Files {
		return p.checkFiles(ctx)
	}
	if err := p.openDataDir(ctx); err != nil {
		return err
	}
	if err := p.openStore(ctx); err != nil {
		return err
	}
	var licenses, associated, wrong int64
	err := p.store.CheckLicenses(ctx, p.act(commandLineUser), c.Repair, func(l store.LicenseCheck) error {
		licenses++
		associated += l.Counted.Associated()
		if l.Right() {
			return nil
		}
		wrong++
		_, err := fmt.Println(describeCheck(l, c.Repair))
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("Checked %s with %s: %s.\n", count(licenses, "self-managed license", "self-managed licenses"),
		count(associated, "associated resource", "associated resources"), checkOutcome(wrong, c.Repair))
	if wrong > 0 && !c.Repair {
		return errWrong
	}
	return nil
}

// errDamaged ends a check of files that found damage.
var errDamaged = errors.New("files are damaged; take them from a backup")

// checkFiles reads every object of the embedded S3 server, also while it runs.
func (p *program) checkFiles(ctx context.Context) error {
	if p.config.S3 != s3Embedded {
		return wrong("s3", errors.New("check --files reads the files of the embedded S3 server; another S3 checks its own"))
	}
	var files, damaged, size int64
	err := embedded.Check(ctx, filepath.Join(p.config.DataDir, "s3"), func(c embedded.Checked) error {
		files++
		size += c.Size
		if c.Damage == nil {
			return nil
		}
		damaged++
		_, err := fmt.Printf("%q in bucket %s is damaged: %v.\n", c.Key, c.Bucket, c.Damage)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // there is none before the first start
		return err
	}
	outcome := "all are as they were written"
	if damaged > 0 {
		outcome = count(damaged, "file is", "files are") + " damaged"
	}
	fmt.Printf("Checked %s with %s: %s.\n", count(files, "file", "files"), count(size, "byte", "bytes"), outcome)
	if damaged > 0 {
		return errDamaged
	}
	return nil
}

func checkOutcome(wrong int64, repaired bool) string {
	switch {
	case wrong == 0:
		return "all is as it should be"
	case repaired:
		return count(wrong, "license was", "licenses were") + " repaired"
	default:
		return count(wrong, "license is", "licenses are") + " wrong"
	}
}

// describeCheck says what is wrong of one license.
func describeCheck(l store.LicenseCheck, repaired bool) string {
	var faults []string
	for _, t := range usage.ResourceTypes() {
		if stored, counted := l.Stored[t], l.Counted[t]; stored != counted {
			faults = append(faults, fmt.Sprintf("%s: the counters say %s and %s, but there are %s and %s", t.Label(),
				count(stored.Associated, "resource", "resources"), consumedOf(l, stored.Consumed), fmt.Sprint(counted.Associated), consumedOf(l, counted.Consumed)))
		}
	}
	if l.Used != l.Counted.Consumed() {
		faults = append(faults, fmt.Sprintf("its sum says %s, but there are %d", consumedOf(l, l.Used), l.Counted.Consumed()))
	}
	if l.WrongLines > 0 {
		faults = append(faults, fmt.Sprintf("%s not up to date, the first of %s", count(l.WrongLines, "stored line is", "stored lines are"), l.Example))
	}
	words := fmt.Sprintf("%s (%s): %s", l.License.Name, l.License.ID, strings.Join(faults, "; "))
	if repaired {
		words += " - repaired"
	}
	return words + "."
}

func consumedOf(l store.LicenseCheck, n int64) string {
	return fmt.Sprint(n) + " consumed " + l.License.CountingType.Unit(n)
}

// count is a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
