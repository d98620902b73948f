package embedded

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

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
	if err := b.place(w, at); err != nil {
		return err
	}
	w.kept = true
	b.index.put(r.entry())
	return b.disk.syncDir(b.shardDir(at.shard))
}

// place renames a draft to where its object lies.
func (b *bucket) place(w *draft, at place) error {
	target := filepath.Join(b.dir, at.path)
	err := os.Rename(w.path, target)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !b.exists() {
		return errNoSuchBucket()
	}
	if err := os.Mkdir(b.shardDir(at.shard), 0o700); err != nil {
		return err
	}
	if err := b.disk.syncDir(b.dir); err != nil {
		b.disk.discard(b.shardDir(at.shard)) // the next one must sync it
		return err
	}
	return os.Rename(w.path, target)
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
		if err := b.disk.syncDir(b.shardDir(shard)); err != nil {
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
