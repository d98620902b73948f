package cli

import (
	"bytes"
	"context"
	"io"

	"license-manager/handlers"
	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
)

// Ensure returns the bucket of the account, which it makes where there is
// none. publish.Publisher has it.
type Ensure func(context.Context, usage.Act) (name string, created bool, err error)

// NewBuckets makes an S3 client what the pages ask for, since handlers and
// scheduler do not know each other.
func NewBuckets(client *bucket.Client, ensure Ensure) handlers.Buckets {
	return buckets{client, ensure}
}

type buckets struct {
	*bucket.Client
	ensure Ensure
}

// Ensure makes the bucket where there is none.
func (b buckets) Ensure(ctx context.Context, act usage.Act) (string, bool, error) {
	return b.ensure(ctx, act)
}

// Check looks at a bucket.
func (b buckets) Check(ctx context.Context, name string) (handlers.BucketCheck, error) {
	check, err := b.Client.Check(ctx, name)
	return handlers.BucketCheck(check), err
}

// List returns a page of what is under a prefix.
func (b buckets) List(ctx context.Context, name, prefix, after string, limit int) (handlers.Listing, error) {
	page, err := b.Client.List(ctx, name, prefix, after, limit)
	listing := handlers.Listing{Folders: page.Folders, Next: page.Next}
	for _, o := range page.Files {
		listing.Files = append(listing.Files, object(o))
	}
	return listing, err
}

// Get opens an object.
func (b buckets) Get(ctx context.Context, name, key string) (io.ReadCloser, handlers.Object, error) {
	body, o, err := b.Client.Get(ctx, name, key)
	return body, object(o), err
}

// Put writes a report file.
func (b buckets) Put(ctx context.Context, name, key string, content []byte, metadata map[string]string) error {
	_, err := b.Client.Put(ctx, name, key, bytes.NewReader(content), bucket.PutOptions{ContentType: usage.ContentType, Metadata: metadata})
	return err
}

// ValidName tells whether S3 would take the name.
func (buckets) ValidName(name string) bool { return bucket.ValidName(name) }

// Explain puts an error into words.
func (buckets) Explain(err error, name string) handlers.Failure {
	return handlers.Failure(bucket.Explain(err, name))
}

func object(o bucket.Object) handlers.Object {
	return handlers.Object{Key: o.Key, Size: o.Size, ModifiedAt: o.ModifiedAt}
}
