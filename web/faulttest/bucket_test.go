//go:build nightly

package faulttest_test

import (
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// bucketClient reads what was published with the SDK alone.
func (w *world) bucketClient() *s3.Client {
	w.t.Helper()
	endpoint, credentials := w.where()
	loaded, err := config.LoadDefaultConfig(w.t.Context(), config.WithRegion(region),
		config.WithSharedCredentialsFiles([]string{credentials}), config.WithSharedConfigFiles([]string{}))
	if err != nil {
		w.t.Fatal(err)
	}
	return s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = &endpoint, true
	})
}

// buckets are the names of all buckets.
func (w *world) buckets() (names []string) {
	w.t.Helper()
	all, err := w.bucketClient().ListBuckets(w.t.Context(), &s3.ListBucketsInput{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, b := range all.Buckets {
		names = append(names, *b.Name)
	}
	return names
}

// objects are the sizes of all objects of a bucket, by bucket and key.
func (w *world) objects(bucket string) map[string]int64 {
	w.t.Helper()
	sizes := map[string]int64{}
	pages := s3.NewListObjectsV2Paginator(w.bucketClient(), &s3.ListObjectsV2Input{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, o := range page.Contents {
			sizes[bucket+"/"+*o.Key] = *o.Size
		}
	}
	return sizes
}

// unfinished are the keys of the multipart uploads that nobody has completed
// or aborted.
func (w *world) unfinished(bucket string) (keys []string) {
	w.t.Helper()
	uploads, err := w.bucketClient().ListMultipartUploads(w.t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, u := range uploads.Uploads {
		keys = append(keys, aws.ToString(u.Key))
	}
	return keys
}

// read returns the content of an object.
func (w *world) read(client *s3.Client, bucket, key string) string {
	w.t.Helper()
	object, err := client.GetObject(w.t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		w.t.Fatal(err)
	}
	defer object.Body.Close()
	content, err := io.ReadAll(object.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}
