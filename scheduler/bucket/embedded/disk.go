package embedded

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Names within the data directory. Everything else there is a bucket; bucket
// names begin with a letter or digit and are at least three characters long.
const (
	lockName = ".lock"
	tempName = ".tmp" // swept at every start
)

// copyBufferSize is the memory that one running upload or copy takes.
const copyBufferSize = 128 << 10

// disk is the border to the file system. Its functions are fields so that a
// test can make the kernel refuse them.
type disk struct {
	root    string
	create  func(path string) (*os.File, error)
	sync    func(*os.File) error
	buffers sync.Pool
}

// openDisk prepares the directory and removes what an earlier process left
// unfinished there: half-written objects and the parts of dead uploads.
func openDisk(root string) (*disk, error) {
	d := &disk{root: root, create: createFile, sync: (*os.File).Sync}
	d.buffers.New = func() any { return new([copyBufferSize]byte) }
	if err := os.RemoveAll(filepath.Join(root, tempName)); err != nil {
		return nil, err
	}
	return d, os.Mkdir(filepath.Join(root, tempName), 0o700)
}

// temp returns a path of a new file that no restart survives.
func (d *disk) temp() string { return filepath.Join(d.root, tempName, randomID()) }

// bucket returns the directory of a bucket whose name has been validated.
func (d *disk) bucket(name string) string { return filepath.Join(d.root, name) }

// discard removes a file or directory that nothing needs any more. What cannot
// be removed among the temporary files is swept at the next start.
func (d *disk) discard(path string) { _ = os.RemoveAll(path) }

// copy copies until the end of src with a pooled buffer.
func (d *disk) copy(dst io.Writer, src io.Reader) (int64, error) {
	buffer := d.buffers.Get().(*[copyBufferSize]byte)
	defer d.buffers.Put(buffer)
	// The struct hides ReadFrom and WriteTo, which bring buffers of their own.
	return io.CopyBuffer(struct{ io.Writer }{dst}, struct{ io.Reader }{src}, buffer[:])
}

// syncDir makes the names in a directory durable.
func (d *disk) syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.sync(f), f.Close())
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func createFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}
