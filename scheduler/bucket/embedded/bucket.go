package embedded

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// shards is the number of directories that the objects of a bucket are spread
// over, by the first byte of the hash of their key. Each is made when its first
// object comes.
const shards = 256

// bucketFile tells a bucket's directory from any other.
const bucketFile = "bucket.json"

// bucket is a directory of objects. What happens to one key happens under the
// lock of its shard, so that the file, the index and a condition agree.
type bucket struct {
	name    string
	dir     string
	created time.Time
	disk    *disk
	index   index
	ready   chan struct{} // closed when load has ended, with loadErr
	loadErr error
	shards  [shards]sync.Mutex
	damaged sync.Map     // keys of objects that were found damaged when they were read
	life    sync.RWMutex // held for reading by all who change objects
	gone    bool
}

// bucketInfo is the content of bucketFile.
type bucketInfo struct {
	Created time.Time `json:"created"`
}

// createBucket makes the whole directory aside and renames it into place, so
// that a bucket exists completely or not at all.
func createBucket(d *disk, name string, now time.Time) (*bucket, error) {
	text, err := json.Marshal(bucketInfo{Created: now.UTC()})
	if err != nil {
		return nil, err
	}
	temp := d.temp()
	if err := os.Mkdir(temp, 0o700); err != nil {
		return nil, err
	}
	defer d.discard(temp) // after the rename there is nothing to remove
	f, err := d.create(filepath.Join(temp, bucketFile))
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, d.sync(f), f.Close(), d.syncDir(temp)); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, d.bucket(name)); err != nil {
		return nil, err
	}
	if err := d.syncDir(d.root); err != nil {
		d.discard(d.bucket(name))
		return nil, err
	}
	b := &bucket{name: name, dir: d.bucket(name), created: now.UTC(), disk: d, ready: make(chan struct{})}
	close(b.ready)
	return b, nil
}

// openBucket opens a bucket's directory; fs.ErrNotExist when it is none. Its
// index is empty until load has run.
func openBucket(d *disk, name string) (*bucket, error) {
	text, err := os.ReadFile(filepath.Join(d.bucket(name), bucketFile))
	if err != nil {
		return nil, err
	}
	var info bucketInfo
	if err := json.Unmarshal(text, &info); err != nil {
		return nil, fmt.Errorf("bucket %s: %s: %w", name, bucketFile, err)
	}
	return &bucket{name: name, dir: d.bucket(name), created: info.Created, disk: d, ready: make(chan struct{})}, nil
}

// shardDir returns the directory of a shard.
func (b *bucket) shardDir(shard byte) string { return filepath.Join(b.dir, shardName(shard)) }

// exists says whether the directory is still there: an administrator may have
// removed it.
func (b *bucket) exists() bool {
	_, err := os.Stat(b.dir)
	return err == nil
}

// destroy removes an empty bucket. What is on disk counts, not the index: a
// damaged object is not listed and must not be lost with its bucket either.
func (b *bucket) destroy() error {
	b.life.Lock()
	defer b.life.Unlock()
	if b.gone {
		return errNoSuchBucket()
	}
	empty, err := b.empty()
	if err != nil {
		return err
	}
	if !empty {
		return errBucketNotEmpty()
	}
	temp := b.disk.temp()
	if err := os.Rename(b.dir, temp); err != nil {
		return err
	}
	if err := b.disk.syncDir(b.disk.root); err != nil {
		return errors.Join(err, os.Rename(temp, b.dir))
	}
	b.gone = true
	b.disk.discard(temp)
	return nil
}

// empty says whether no file is in any shard.
func (b *bucket) empty() (bool, error) {
	for shard := range shards {
		f, err := os.Open(b.shardDir(byte(shard)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		_, err = f.Readdirnames(1)
		_ = f.Close() // only read
		if !errors.Is(err, io.EOF) {
			return false, err
		}
	}
	return true, nil
}
