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
	if err := b.replace(w, at); err != nil {
		return err
	}
	b.index.put(r.entry())
	b.damaged.Delete(r.Key)
	return nil
}

// replace renames a draft to where its object lies and makes that durable. If
// that fails, what was there before is there again.
func (b *bucket) replace(w *draft, at place) error {
	target, before := filepath.Join(b.dir, at.path), b.disk.temp()
	err := os.Link(target, before)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return err
	}
	defer b.disk.discard(before)
	if err := b.rename(w.path, at); err != nil {
		return err
	}
	w.kept = true
	err = b.disk.syncDir(b.shardDir(at.shard))
	switch {
	case err == nil:
		return nil
	case isNew:
		return errors.Join(err, os.Remove(target))
	}
	return errors.Join(err, os.Rename(before, target))
}

// rename moves a file to where an object lies, and makes its shard if there is
// none yet.
func (b *bucket) rename(from string, at place) error {
	target := filepath.Join(b.dir, at.path)
	err := os.Rename(from, target)
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
	return os.Rename(from, target)
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

// remove deletes objects, with one sync for each shard, and returns what failed
// by key. A key without an object is no failure. An object whose deletion
// fails is still there.
func (b *bucket) remove(keys ...string) map[string]error {
	b.life.RLock()
	defer b.life.RUnlock()
	byShard := map[byte][]string{}
	for _, key := range keys {
		shard := locate(key).shard
		byShard[shard] = append(byShard[shard], key)
	}
	failed := map[string]error{}
	for shard, keys := range byShard {
		if err := b.removeFrom(shard, keys); err != nil {
			for _, key := range keys {
				failed[key] = err
			}
		}
	}
	return failed
}

// removeFrom deletes objects of one shard, all of them or none.
func (b *bucket) removeFrom(shard byte, keys []string) error {
	b.shards[shard].Lock()
	defer b.shards[shard].Unlock()
	moved := map[string]string{} // where each object is until the deletion is durable
	err := b.moveAside(keys, moved)
	if err == nil && len(moved) > 0 {
		err = b.disk.syncDir(b.shardDir(shard))
	}
	for key, aside := range moved {
		if err != nil {
			err = errors.Join(err, os.Rename(aside, filepath.Join(b.dir, locate(key).path)))
		} else {
			b.disk.discard(aside)
		}
	}
	for _, key := range keys {
		if err == nil {
			b.index.remove(key)
		}
	}
	return err
}

func (b *bucket) moveAside(keys []string, moved map[string]string) error {
	for _, key := range keys {
		aside := b.disk.temp()
		err := os.Rename(filepath.Join(b.dir, locate(key).path), aside)
		switch {
		case err == nil:
			moved[key] = aside
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}
