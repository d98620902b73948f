package embedded

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

func TestObjectLife(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	put, err := s.client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("Reports/daily/2026/11/24/a.csv"),
		Body: strings.NewReader("name,count\n"), ContentType: aws.String("text/csv; charset=utf-8"),
		Metadata: map[string]string{"report-type": "summary", "schema-version": "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("Reports/daily/2026/11/24/a.csv"), ChecksumMode: "ENABLED",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{*head.ContentLength, *head.ContentType, head.Metadata, *head.ETag, *head.ChecksumCRC32, head.ChecksumType}
	want := []any{int64(11), "text/csv; charset=utf-8", map[string]string{"report-type": "summary", "schema-version": "1"}, *put.ETag, *put.ChecksumCRC32, put.ChecksumType}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := s.get(t, "Reports/daily/2026/11/24/a.csv"); got != "name,count\n" {
		t.Errorf("got %q", got)
	}
	if _, err := s.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(testBucket), Key: aws.String("Reports/daily/2026/11/24/a.csv")}); err != nil {
		t.Fatal(err)
	}
	_, err = s.tryGet(t.Context(), "Reports/daily/2026/11/24/a.csv")
	wantCode(t, err, "NoSuchKey")
}
