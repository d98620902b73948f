package bucket

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// RemoveUploads removes the unfinished uploads of keys with a prefix that were
// begun before a moment, or whenever if it is zero. A process that was killed
// while it uploaded leaves such, and their parts are kept and paid for until
// somebody removes them. A server that does not know the operation has none.
func (c *Client) RemoveUploads(ctx context.Context, bucket, prefix string, before time.Time) (removed int, err error) {
	return c.removeUploads(ctx, bucket, prefix, func(u types.MultipartUpload) bool {
		return before.IsZero() || aws.ToTime(u.Initiated).Before(before)
	})
}

// removeTwins removes the other uploads of u's key: if the answer to the
// first request for one is lost, the second begins another.
func (u *upload) removeTwins(ctx context.Context) {
	_, _ = u.client.removeUploads(ctx, u.object.Bucket, u.object.Key, func(other types.MultipartUpload) bool {
		return aws.ToString(other.Key) == u.object.Key && aws.ToString(other.UploadId) != *u.id
	}) // what stays is swept later
}

func (c *Client) removeUploads(ctx context.Context, bucket, prefix string, which func(types.MultipartUpload) bool) (removed int, err error) {
	pages := s3.NewListMultipartUploadsPaginator(c.s3, &s3.ListMultipartUploadsInput{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if code(err) == "NoSuchUpload" || c.mode != AWS && unsupported(err) {
			return removed, nil
		}
		if err != nil {
			return removed, fault("list unfinished uploads of", bucket, prefix, err)
		}
		n, err := c.removeAll(ctx, bucket, page.Uploads, which)
		removed += n
		if err != nil {
			return removed, fault("remove unfinished uploads of", bucket, prefix, err)
		}
	}
	return removed, nil
}

// removeAll goes on after an error: each that is gone is one less to pay for.
func (c *Client) removeAll(ctx context.Context, bucket string, uploads []types.MultipartUpload, which func(types.MultipartUpload) bool) (removed int, err error) {
	var errs []error
	for _, u := range uploads {
		if !which(u) {
			continue
		}
		_, err := c.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: u.Key, UploadId: u.UploadId})
		if err != nil && code(err) != "NoSuchUpload" {
			errs = append(errs, err)
			continue
		}
		removed++
	}
	return removed, errors.Join(errs...)
}
