package embedded

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
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

func TestRanges(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "key", "0123456789")
	for asked, want := range map[string]string{
		"bytes=0-3": "0123", "bytes=4-": "456789", "bytes=-3": "789", "bytes=9-100": "9", "bytes=0-0": "0",
	} {
		got := s.do(t, raw{method: "GET", header: map[string]string{"Range": asked}})
		if got.status != 206 || got.body != want || !strings.HasSuffix(got.header.Get("Content-Range"), "/10") {
			t.Errorf("%s: got %d %q %s", asked, got.status, got.body, got.header.Get("Content-Range"))
		}
	}
	s.do(t, raw{method: "GET", header: map[string]string{"Range": "bytes=10-"}}).want(t, 416, "InvalidRange")
}

func TestEmptyObject(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "folder/", "")
	if got := s.get(t, "folder/"); got != "" {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]string{"folder/"}, s.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
}

func TestOverwrite(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for n := range 5 {
		s.put(t, "key", strings.Repeat("x", n))
		if got := len(s.get(t, "key")); got != n {
			t.Errorf("got %d bytes, want %d", got, n)
		}
	}
	if got := len(s.files(t)); got != 1 {
		t.Errorf("%d files for one object", got)
	}
}

func TestDeleteMany(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	var ids []types.ObjectIdentifier
	for n := range 40 {
		key := fmt.Sprintf("key <%d> & more", n)
		s.put(t, key, "x")
		ids = append(ids, types.ObjectIdentifier{Key: &key})
	}
	ids[39].Key = aws.String("never there")
	out, err := s.client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String(testBucket), Delete: &types.Delete{Objects: ids}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Deleted) != 40 || len(out.Errors) != 0 {
		t.Errorf("deleted %d, errors %v", len(out.Deleted), out.Errors)
	}
	if diff := cmp.Diff([]string{"key <39> & more"}, s.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
	s.deleteObject(t, "never there")
}

func TestCopy(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	_, err := s.client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("from Ä.csv"), Body: strings.NewReader(testBody),
		ContentType: aws.String("text/csv"), Metadata: map[string]string{"type": "summary"}, ChecksumAlgorithm: "SHA256",
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.client.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("to.csv"), CopySource: aws.String(testBucket + "/from%20%C3%84.csv"),
	})
	if err != nil {
		t.Fatal(err)
	}
	head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String("to.csv"), ChecksumMode: "ENABLED"})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{s.get(t, "to.csv"), *head.ContentType, head.Metadata["type"], *head.ChecksumSHA256, *head.ETag}
	if diff := cmp.Diff([]string{testBody, "text/csv", "summary", sumOf("sha256", testBody), *out.CopyObjectResult.ETag}, got); diff != "" {
		t.Error(diff)
	}
	_, err = s.client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("x"), CopySource: aws.String(testBucket + "/absent")})
	wantCode(t, err, "NoSuchKey")
	_, err = s.client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("x"), CopySource: aws.String("absent-bucket/key")})
	wantCode(t, err, "NoSuchBucket")
}
