package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rclone/gofakes3"
)

// Checked is an object that Check has read.
type Checked struct {
	Bucket string
	Key    string // empty if the file does not tell it
	Path   string // of its file
	Size   int64  // of its content, in bytes
	Damage error  // nil if it is what was written
}

// Check reads every object in the directory of a server and tells of each. The
// server may be at work meanwhile. It ends with the first error of visit, and
// returns fs.ErrNotExist when there is no directory.
func Check(ctx context.Context, dir string, visit func(Checked) error) error {
	buckets, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, b := range buckets {
		if !b.IsDir() || gofakes3.ValidateBucketName(b.Name()) != nil {
			continue
		}
		err := filepath.WalkDir(filepath.Join(dir, b.Name()), func(path string, entry fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // deleted meanwhile
			}
			if err != nil || entry.IsDir() || entry.Name() == bucketFile {
				return errors.Join(err, ctx.Err())
			}
			c := Checked{Bucket: b.Name(), Path: path}
			c.Damage = c.read(filepath.Join(dir, b.Name()))
			if errors.Is(c.Damage, fs.ErrNotExist) {
				return ctx.Err()
			}
			return errors.Join(visit(c), ctx.Err())
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// read reads the whole file.
func (c *Checked) read(dir string) error {
	f, err := os.Open(c.Path)
	if err != nil {
		return err
	}
	r, err := readRecord(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	c.Key, c.Size = r.Key, r.Size
	content := newContent(f, r.Size, r.Sums)
	defer content.Close()
	if want := filepath.Join(dir, locate(r.Key).path); want != c.Path {
		return fmt.Errorf("%w: it belongs at %s", errDamaged, want)
	}
	return content.verify()
}
