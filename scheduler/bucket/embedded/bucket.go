package embedded

import (
	"context"
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
// over, by the first byte of the hash of their key.
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
	defer os.RemoveAll(temp) // after the rename there is nothing to remove
	for shard := range shards {
		if err := os.Mkdir(filepath.Join(temp, shardName(byte(shard))), 0o700); err != nil {
			return nil, err
		}
	}
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
	b := &bucket{name: name, dir: d.bucket(name), created: now.UTC(), disk: d, ready: make(chan struct{})}
	close(b.ready)
	return b, d.syncDir(d.root)
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

// load fills the index from the objects on disk and reports files that are
// none. It works beside writers: both take the lock of a shard before they
// look at a file and change the index.
func (b *bucket) load(ctx context.Context, damaged func(error)) {
	defer close(b.ready)
	b.loadErr = b.loadShards(ctx, damaged)
}

// wait returns when the index is complete.
func (b *bucket) wait(ctx context.Context) error {
	select {
	case <-b.ready:
		return b.loadErr
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bucket) loadShards(ctx context.Context, damaged func(error)) error {
	for shard := range shards {
		names, err := os.ReadDir(filepath.Join(b.dir, shardName(byte(shard))))
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := b.loadObject(byte(shard), name.Name()); err != nil {
				damaged(err)
			}
		}
	}
	return nil
}

func (b *bucket) loadObject(shard byte, name string) error {
	b.shards[shard].Lock()
	defer b.shards[shard].Unlock()
	f, r, err := b.openAt(place{shard, filepath.Join(shardName(shard), name)})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	b.index.put(r.entry())
	return f.Close()
}

// exists says whether the directory is still there: an administrator may have
// removed it.
func (b *bucket) exists() bool {
	_, err := os.Stat(b.dir)
	return err == nil
}

// open returns an object's file and record.
func (b *bucket) open(key string) (*os.File, record, error) {
	at := locate(key)
	f, r, err := b.openAt(at)
	if errors.Is(err, fs.ErrNotExist) {
		err = b.missing(at, key)
	}
	return f, r, err
}

func (b *bucket) openAt(at place) (*os.File, record, error) {
	f, err := os.Open(filepath.Join(b.dir, at.path))
	if err != nil {
		return nil, record{}, err
	}
	r, err := readRecord(f)
	if err != nil {
		return nil, record{}, errors.Join(err, f.Close())
	}
	return f, r, nil
}

// record returns what is kept about an object.
func (b *bucket) record(key string) (record, error) {
	f, r, err := b.open(key)
	if err != nil {
		return record{}, err
	}
	return r, f.Close()
}

// missing tells an absent key from an absent bucket. A key whose file was
// removed by hand leaves the index.
func (b *bucket) missing(at place, key string) error {
	if !b.exists() {
		return errNoSuchBucket()
	}
	if b.index.has(key) {
		b.shards[at.shard].Lock()
		defer b.shards[at.shard].Unlock()
		if _, err := os.Stat(filepath.Join(b.dir, at.path)); errors.Is(err, fs.ErrNotExist) {
			b.index.remove(key)
		}
	}
	return errNoSuchKey()
}

// commit makes a sealed draft the object of its key: the one moment at which
// it becomes visible. allowed, when not nil, judges the current object under
// the same lock, so that of several conditional writers one wins.
func (b *bucket) commit(w *draft, r record, allowed func(exists bool, etag string) error) error {
	b.life.RLock()
	defer b.life.RUnlock()
	if b.gone {
		return errNoSuchBucket()
	}
	at := locate(r.Key)
	b.shards[at.shard].Lock()
	defer b.shards[at.shard].Unlock()
	if allowed != nil {
		if err := b.judge(at, allowed); err != nil {
			return err
		}
	}
	err := os.Rename(w.path, filepath.Join(b.dir, at.path))
	if errors.Is(err, fs.ErrNotExist) && !b.exists() {
		return errNoSuchBucket()
	}
	if err != nil {
		return err
	}
	w.kept = true
	b.index.put(r.entry())
	return b.disk.syncDir(filepath.Join(b.dir, shardName(at.shard)))
}

// judge asks about the current object; the lock of its shard is held.
func (b *bucket) judge(at place, allowed func(exists bool, etag string) error) error {
	f, current, err := b.openAt(at)
	if errors.Is(err, fs.ErrNotExist) {
		return allowed(false, "")
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), allowed(true, current.etag()))
}

// remove deletes objects and makes that durable with one sync for each shard
// touched. Keys without an object are no error.
func (b *bucket) remove(keys ...string) error {
	b.life.RLock()
	defer b.life.RUnlock()
	touched := map[byte]bool{}
	for _, key := range keys {
		at := locate(key)
		err := b.removeOne(at, key)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		touched[at.shard] = touched[at.shard] || err == nil
	}
	for shard, changed := range touched {
		if !changed {
			continue
		}
		if err := b.disk.syncDir(filepath.Join(b.dir, shardName(shard))); err != nil {
			return err
		}
	}
	return nil
}

func (b *bucket) removeOne(at place, key string) error {
	b.shards[at.shard].Lock()
	defer b.shards[at.shard].Unlock()
	b.index.remove(key)
	return os.Remove(filepath.Join(b.dir, at.path))
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
	b.gone = true
	return errors.Join(b.disk.syncDir(b.disk.root), os.RemoveAll(temp))
}

// empty says whether no file is in any shard.
func (b *bucket) empty() (bool, error) {
	for shard := range shards {
		f, err := os.Open(filepath.Join(b.dir, shardName(byte(shard))))
		if err != nil {
			return false, err
		}
		names, err := f.Readdirnames(1)
		f.Close()
		if len(names) > 0 {
			return false, nil
		}
		if !errors.Is(err, io.EOF) {
			return false, err
		}
	}
	return true, nil
}
