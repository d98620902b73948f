package embedded

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

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
		names, err := os.ReadDir(b.shardDir(byte(shard)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
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
