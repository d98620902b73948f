package embedded

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

// as returns a client with the keys of a file, and with a log of the server.
func (s *testServer) as(may access) *testServer {
	keys := s.keys[1]
	if may == writesOutside {
		keys = s.keys[2]
	}
	other := *s
	other.Server = &Server{keys: []keyPair{keys}} // for Credentials
	other.client = newClient(s.http, s.url, keys.accessKeyID, keys.secretAccessKey)
	return &other
}

// writes are all requests that write, each of an object or bucket of its own
// name.
func writes(ctx context.Context, c *s3.Client, prefix string) map[string]error {
	bucketName, key := aws.String(testBucket), func(name string) *string { return aws.String(prefix + name) }
	errs := map[string]error{}
	_, errs["put"] = c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucketName, Key: key("put"), Body: strings.NewReader("x")})
	_, errs["replace"] = c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucketName, Key: key("there"), Body: strings.NewReader("y")})
	_, errs["copy"] = c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucketName, Key: key("copy"), CopySource: aws.String(testBucket + "/Reports/there")})
	_, errs["tag"] = c.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: bucketName, Key: key("there"), Tagging: &types.Tagging{TagSet: []types.Tag{}}})
	_, errs["untag"] = c.DeleteObjectTagging(ctx, &s3.DeleteObjectTaggingInput{Bucket: bucketName, Key: key("there")})
	_, errs["begin parts"] = c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucketName, Key: key("parts")})
	_, errs["delete"] = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucketName, Key: key("there")})
	return errs
}

func TestKeysThatRead(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "Reports/there", "report")
	s.put(t, "Inventory/there", "inventory")
	m := s.begin(t, "Inventory/parts")
	reader := s.as(readsAll)
	for _, prefix := range []string{"Reports/", "Inventory/"} {
		for name, err := range writes(t.Context(), reader.client, prefix) {
			wantCode(t, err, "AccessDenied")
			if err == nil || !strings.Contains(err.Error(), "may only read") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	m.client = reader.client
	_, err := m.tryAdd(t, 1, "part", "")
	wantCode(t, err, "AccessDenied")
	wantCode(t, m.complete(t), "AccessDenied")
	wantCode(t, m.abort(t), "AccessDenied")
	_, err = reader.client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String(testBucket), Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: aws.String("Reports/there")}}}})
	wantCode(t, err, "AccessDenied")
	reader.wantNoBuckets(t)
	put, err := s3.NewPresignClient(reader.client).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String("up.csv")})
	if err != nil {
		t.Fatal(err)
	}
	s.fetch(t, put.Method, put.URL, "x").want(t, 403, "AccessDenied")
	if got := []string{reader.get(t, "Reports/there"), reader.get(t, "Inventory/there")}; !cmp.Equal(got, []string{"report", "inventory"}) {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]string{"Inventory/there", "Reports/there"}, reader.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
	if _, err := reader.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String("Reports/there")}); err != nil {
		t.Error(err)
	}
}

// wantNoBuckets fails if these keys can make or remove buckets.
func (s *testServer) wantNoBuckets(t testing.TB) {
	t.Helper()
	_, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("another-bucket")})
	wantCode(t, err, "AccessDenied")
	wantCode(t, s.deleteBucket(t), "AccessDenied")
}

func TestKeysThatWrite(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, key := range []string{"Reports/there", "Evidence/there", "Inventory/there", "Inventory/other"} {
		s.put(t, key, key)
	}
	writer := s.as(writesOutside)
	for _, prefix := range []string{"Reports/", "Evidence/"} {
		for name, err := range writes(t.Context(), writer.client, prefix) {
			wantCode(t, err, "AccessDenied")
			if err == nil || !strings.Contains(err.Error(), "Reports/") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	writer.wantNoBuckets(t)
	for name, err := range writes(t.Context(), writer.client, "Inventory/") {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := s.begin(t, "Inventory/big")
	m.client = writer.client
	m.add(t, 1, "part", "")
	if err := m.complete(t); err != nil {
		t.Error(err)
	}
	ids := []types.ObjectIdentifier{{Key: aws.String("Inventory/other")}, {Key: aws.String("Reports/there")}, {Key: aws.String("Evidence/there")}}
	out, err := writer.client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String(testBucket), Delete: &types.Delete{Objects: ids}})
	if err != nil || len(out.Deleted) != 1 || *out.Deleted[0].Key != "Inventory/other" || len(out.Errors) != 2 || *out.Errors[0].Code != "AccessDenied" {
		t.Errorf("got %+v %v", out, err)
	}
	want := []string{"Evidence/there", "Inventory/big", "Inventory/copy", "Inventory/put", "Reports/there"}
	if diff := cmp.Diff(want, writer.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
}

// TestWritesAreLogged: who wrote what is in the log, on one line whatever the
// object is called.
func TestWritesAreLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := testOptions(t, t.TempDir())
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	server, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	id, secret := server.Credentials()
	s := &testServer{Server: server, url: web.URL, dir: o.Dir, http: web.Client(), client: newClient(web.Client(), web.URL, id, secret)}
	s.createBucket(t, testBucket)
	hostile := "Inventory/a\nlevel=ERROR msg=forged \u202e\u2028\x7f.csv"
	writer := s.as(writesOutside)
	writer.put(t, hostile, "x")
	wantCode(t, writer.tryPut(t.Context(), "Reports/a", "x"), "AccessDenied")
	writer.get(t, hostile)
	ids := []types.ObjectIdentifier{{Key: aws.String("Inventory/gone")}}
	if _, err := writer.client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String(testBucket), Delete: &types.Delete{Objects: ids}}); err != nil {
		t.Fatal(err)
	}
	web.Close()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(log.String()) {
		_, line, _ = strings.Cut(strings.TrimSuffix(line, "\n"), "keys=")
		line, _, _ = strings.Cut(line, " address=")
		got = append(got, line)
	}
	want := []string{
		fmt.Sprintf(`s3-credentials-write method=PUT bucket=%s object="Inventory/a\nlevel=ERROR msg=forged \u202e\u2028\x7f.csv" status=200`, testBucket),
		`s3-credentials-write method=PUT bucket=` + testBucket + ` object=Reports/a status=403`,
		`s3-credentials-write bucket=` + testBucket + ` object=Inventory/gone refused=<nil>`,
		`s3-credentials-write method=POST bucket=` + testBucket + ` object="" status=200`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
