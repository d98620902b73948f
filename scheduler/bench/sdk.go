package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"license-manager/scheduler/bucket"
)

// benchBucket is where everything goes.
const benchBucket = "bench-reports"

// bucketClient is the product's client of a neighbor.
func bucketClient(ctx context.Context, n *neighbor) (*bucket.Client, error) {
	return bucket.New(ctx, bucket.Options{Mode: bucket.Embedded, Endpoint: n.url, AccessKeyID: n.words[0], SecretAccessKey: n.words[1]})
}

// bareLoop is the SDK and nothing else: workers that put the same bytes under one key after the other.
type bareLoop struct {
	s3      *s3.Client
	workers int
	body    []byte
	round   int // begins the keys, so that no object is written twice
}

// newBareLoop returns a loop whose client keeps a connection for each worker, which the SDK's own settings would not.
func newBareLoop(n *neighbor, workers int, body []byte) *bareLoop {
	return &bareLoop{workers: workers, body: body, s3: s3.New(s3.Options{
		BaseEndpoint: &n.url,
		UsePathStyle: true,
		Region:       account().Region,
		Credentials:  credentials.NewStaticCredentialsProvider(n.words[0], n.words[1], ""),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = workers, workers
		}),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
	})}
}

// put puts so many objects and returns how many a second.
func (l *bareLoop) put(ctx context.Context, objects int) (float64, error) {
	l.round++
	return rate(objects, func() error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var next atomic.Int64
		var workers sync.WaitGroup
		for range l.workers {
			workers.Go(func() {
				for n := next.Add(1); n <= int64(objects) && ctx.Err() == nil; n = next.Add(1) {
					if err := l.putOne(ctx, n); err != nil {
						cancel(err)
					}
				}
			})
		}
		workers.Wait()
		return context.Cause(ctx)
	})
}

// putOne puts an object like one of the product's: as long a key, the same metadata.
func (l *bareLoop) putOne(ctx context.Context, n int64) error {
	key := fmt.Sprintf("Reports/"+reportNames+"%07d/2026/11/24/20261124T000000Z-summary-%016x.csv", n, l.round)
	_, err := l.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket:      aws.String(benchBucket),
		Key:         &key,
		Body:        bytes.NewReader(l.body),
		ContentType: aws.String("text/csv; charset=utf-8"),
		Metadata: map[string]string{
			"report-type": "summary", "schema-version": "1",
			"usage-report-arn": "arn:aws:license-manager:us-east-1:123456789012:report-generator:r-00000000000000000000000000000000",
		},
	})
	return err
}
