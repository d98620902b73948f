package embedded

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/rclone/gofakes3"
)

// backend is what gofakes3 stores into: the buckets of a directory.
type backend struct {
	disk *disk
	now  func() time.Time
	log  *slog.Logger

	mu      sync.RWMutex
	buckets map[string]*bucket

	uploads uploads
	forget  func(ctx context.Context, bucketName, key string, id gofakes3.UploadID) error // tells gofakes3 of an upload that has ended

	stop    context.CancelFunc
	loading sync.WaitGroup
}

var (
	_ gofakes3.Backend              = (*backend)(nil)
	_ gofakes3.MultipartBackend     = (*backend)(nil)
	_ gofakes3.ObjectTaggingBackend = (*backend)(nil)
)

// openBackend opens the buckets of the directory and begins to load their
// indexes.
func openBackend(o Options) (*backend, error) {
	d, err := openDisk(o.Dir)
	if err != nil {
		return nil, err
	}
	b := &backend{disk: d, now: o.Now, log: o.Logger, buckets: map[string]*bucket{}}
	names, err := os.ReadDir(o.Dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !name.IsDir() || gofakes3.ValidateBucketName(name.Name()) != nil {
			continue
		}
		found, err := openBucket(d, name.Name())
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		b.buckets[name.Name()] = found
	}
	var ctx context.Context
	ctx, b.stop = context.WithCancel(context.Background())
	for _, found := range b.buckets {
		b.loading.Go(func() { b.load(ctx, found) })
	}
	b.loading.Go(func() { b.sweepUntil(ctx) })
	return b, nil
}

func (b *backend) load(ctx context.Context, found *bucket) {
	found.load(ctx, func(err error) {
		b.log.Error("embedded S3 server: object skipped", "bucket", found.name, "error", err)
	})
	if found.loadErr != nil && ctx.Err() == nil {
		b.log.Error("embedded S3 server: bucket not indexed", "bucket", found.name, "error", found.loadErr)
	}
}

// close ends the loading of indexes.
func (b *backend) close() {
	b.stop()
	b.loading.Wait()
}

// bucket returns a bucket that is there, in memory and on disk.
func (b *backend) bucket(name string) (*bucket, error) {
	b.mu.RLock()
	found := b.buckets[name]
	b.mu.RUnlock()
	if found == nil || !found.exists() {
		return nil, errNoSuchBucket()
	}
	return found, nil
}

// answer makes an error what the client shall see. The cause of a full disk is
// logged here; that of an internal error is logged by gofakes3.
func (b *backend) answer(ctx context.Context, err error) error {
	var f *failure
	var coded gofakes3.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
	case errors.As(err, &coded):
		return coded
	case isFull(err):
		b.log.Error("embedded S3 server: disk full", "error", err)
		f = errStorageFull()
	default:
		return err
	}
	exchangeOf(ctx).note(f)
	return f
}

// answerFor is answer for an object, which the log names if it is damaged.
func (b *backend) answerFor(ctx context.Context, bucketName, key string, err error) error {
	if errors.Is(err, errDamaged) {
		b.log.Error("embedded S3 server: object damaged", "bucket", bucketName, "object", key, "error", err)
		err = errObjectDamaged()
	}
	return b.answer(ctx, err)
}

// ListBuckets implements gofakes3.Backend.
func (b *backend) ListBuckets(context.Context) ([]gofakes3.BucketInfo, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var infos []gofakes3.BucketInfo
	for name, found := range b.buckets {
		if found.exists() {
			infos = append(infos, gofakes3.BucketInfo{Name: name, CreationDate: gofakes3.NewContentTime(found.created)})
		}
	}
	return infos, nil
}

// BucketExists implements gofakes3.Backend.
func (b *backend) BucketExists(_ context.Context, name string) (bool, error) {
	_, err := b.bucket(name)
	return err == nil, nil
}

// CreateBucket implements gofakes3.Backend.
func (b *backend) CreateBucket(ctx context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if found := b.buckets[name]; found != nil && found.exists() {
		return b.answer(ctx, fail(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it."))
	}
	made, err := createBucket(b.disk, name, b.now())
	if err != nil {
		return b.answer(ctx, err)
	}
	b.buckets[name] = made
	return nil
}

// DeleteBucket implements gofakes3.Backend.
func (b *backend) DeleteBucket(ctx context.Context, name string) error {
	found, err := b.bucket(name)
	if err == nil {
		err = found.destroy()
	}
	if err != nil {
		return b.answer(ctx, err)
	}
	for _, u := range b.uploads.of(name) {
		b.dropUpload(u)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buckets[name] == found {
		delete(b.buckets, name)
	}
	return nil
}

// ListBucket implements gofakes3.Backend.
func (b *backend) ListBucket(ctx context.Context, name string, prefix *gofakes3.Prefix, asked gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	found, err := b.bucket(name)
	if err == nil {
		err = found.wait(ctx)
	}
	if err != nil {
		return nil, b.answer(ctx, err)
	}
	l := listing{after: asked.Marker, limit: int(asked.MaxKeys)}
	if prefix != nil {
		l.prefix, l.delimiter = prefix.Prefix, prefix.Delimiter
	}
	if l.limit <= 0 {
		l.limit = gofakes3.MaxBucketKeys
	}
	p := found.index.list(l)
	list := gofakes3.NewObjectList()
	list.IsTruncated, list.NextMarker = p.last != "", p.last
	for _, e := range p.entries {
		list.Add(e.content())
	}
	for _, group := range p.prefixes {
		list.AddPrefix(group)
	}
	return list, nil
}

// verifiedFirst is the most that is verified before the first byte of it
// leaves; what is longer is verified as it leaves.
const verifiedFirst = 8 << 20

// GetObject implements gofakes3.Backend.
func (b *backend) GetObject(ctx context.Context, bucketName, key string, asked *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	found, err := b.bucket(bucketName)
	if err != nil {
		return nil, err
	}
	f, r, err := found.open(key)
	if err != nil {
		return nil, b.answerFor(ctx, bucketName, key, err)
	}
	exchangeOf(ctx).showType(r)
	object := r.object()
	c := newContent(f, r.Size, r.Sums)
	object.Contents = c
	object.Range, err = asked.Range(r.Size)
	if object.Range != nil {
		c.at, c.end = object.Range.Start, object.Range.Start+object.Range.Length
	}
	switch _, known := found.damaged.Load(key); {
	case err != nil:
	case known || c.end-c.at <= verifiedFirst:
		err = c.verify()
	}
	if err != nil {
		_ = c.Close() // only read
		return nil, b.answerFor(ctx, bucketName, key, err)
	}
	c.damaged = func(err error) {
		found.damaged.Store(key, true)
		_ = b.answerFor(ctx, bucketName, key, err) // logs it; the connection breaks
	}
	return object, nil
}

// HeadObject implements gofakes3.Backend.
func (b *backend) HeadObject(ctx context.Context, bucketName, key string) (*gofakes3.Object, error) {
	found, err := b.bucket(bucketName)
	if err != nil {
		return nil, err
	}
	r, err := found.record(key)
	if err != nil {
		return nil, b.answerFor(ctx, bucketName, key, err)
	}
	exchangeOf(ctx).showType(r)
	return r.object(), nil
}
