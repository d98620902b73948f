package bucket

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Listing is one page of one level of a bucket.
type Listing struct {
	Folders []string // full prefixes that end in "/", in the order of their bytes
	Files   []Object // in the order of their keys' bytes
	Next    string   // to be given as after for the next page; "" on the last one
}

// List shows the folders and files directly under a prefix, which is empty or
// ends in "/", at most limit of them together (S3 gives no more than 1,000).
// after is the Next of the page before, "" for the first.
func (c *Client) List(ctx context.Context, bucket, prefix, after string, limit int) (Listing, error) {
	out, err := c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket:            &bucket,
		Prefix:            &prefix,
		Delimiter:         aws.String("/"),
		ContinuationToken: optional(after),
		MaxKeys:           aws.Int32(int32(min(max(limit, 1), 1000))),
		EncodingType:      types.EncodingTypeUrl, // a key may hold what XML cannot
	})
	if err != nil {
		return Listing{}, fault("read", bucket, prefix, err)
	}
	plain := func(s *string) string { return decode(aws.ToString(s), out.EncodingType) }
	var l Listing
	for _, p := range out.CommonPrefixes {
		l.Folders = append(l.Folders, plain(p.Prefix))
	}
	for _, o := range out.Contents {
		if key := plain(o.Key); key != prefix { // else a console's marker of the folder itself
			l.Files = append(l.Files, Object{Bucket: bucket, Key: key, Size: aws.ToInt64(o.Size),
				ModifiedAt: aws.ToTime(o.LastModified).UTC(), ETag: aws.ToString(o.ETag)})
		}
	}
	if aws.ToBool(out.IsTruncated) {
		l.Next = aws.ToString(out.NextContinuationToken)
	}
	return l, nil
}

// Keys returns the keys under a prefix from first on, in the order of their
// bytes, as many as S3 gives at once (1,000). more tells that there are others.
func (c *Client) Keys(ctx context.Context, bucket, prefix, first string) (keys []string, more bool, err error) {
	before := first[:max(len(first)-1, 0)] // comes before first, and S3 begins after it
	out, err := c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket: &bucket, Prefix: &prefix, StartAfter: optional(before), EncodingType: types.EncodingTypeUrl,
	})
	if err != nil {
		return nil, false, fault("read", bucket, prefix, err)
	}
	for _, o := range out.Contents {
		if key := decode(aws.ToString(o.Key), out.EncodingType); key >= first {
			keys = append(keys, key)
		}
	}
	return keys, aws.ToBool(out.IsTruncated), nil
}

// decode undoes the URL encoding of a listing; servers that ignored the wish
// for it do not claim it either.
func decode(s string, how types.EncodingType) string {
	if how != types.EncodingTypeUrl {
		return s
	}
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}
