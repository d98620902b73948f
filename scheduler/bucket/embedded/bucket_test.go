package embedded

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"net/http/httptest"
)

func (s *testServer) buckets(t testing.TB) []string {
	t.Helper()
	out, err := s.client.ListBuckets(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, b := range out.Buckets {
		names = append(names, *b.Name)
	}
	return names
}

func (s *testServer) deleteBucket(t testing.TB) error {
	t.Helper()
	_, err := s.client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String(testBucket)})
	return err
}

func (s *testServer) deleteObject(t testing.TB, key string) {
	t.Helper()
	if _, err := s.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(testBucket), Key: &key}); err != nil {
		t.Fatal(err)
	}
}

func TestBucketLife(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.createBucket(t, "another.bucket")
	if diff := cmp.Diff([]string{"another.bucket", testBucket}, s.buckets(t)); diff != "" {
		t.Error(diff)
	}
	_, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(testBucket)})
	wantCode(t, err, "BucketAlreadyOwnedByYou")
	if _, err := s.client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String(testBucket)}); err != nil {
		t.Error(err)
	}
	s.put(t, "key", "content")
	wantCode(t, s.deleteBucket(t), "BucketNotEmpty")
	s.deleteObject(t, "key")
	if err := s.deleteBucket(t); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"another.bucket"}, s.buckets(t)); diff != "" {
		t.Error(diff)
	}
	s.wantNoBucket(t)
	wantCode(t, s.deleteBucket(t), "NoSuchBucket")
	s.createBucket(t, testBucket)
	s.put(t, "key", "content")
}

// wantNoBucket fails unless every request says that the bucket is not there.
func (s *testServer) wantNoBucket(t testing.TB) {
	t.Helper()
	wantCode(t, s.tryPut(t.Context(), "key", "x"), "NoSuchBucket")
	_, err := s.tryGet(t.Context(), "key")
	wantCode(t, err, "NoSuchBucket")
	_, err = s.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(testBucket)})
	wantCode(t, err, "NoSuchBucket")
	_, err = s.client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String(testBucket)})
	wantCode(t, err, "NotFound")
	_, err = s.client.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: aws.String(testBucket)})
	wantCode(t, err, "NoSuchBucket")
	_, err = s.client.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String(testBucket), Key: aws.String("key")})
	wantCode(t, err, "NoSuchBucket")
}

func TestBucketNames(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, path := range []string{"/ab", "/Upper", "/a_b_c", "/..", "/.tmp", "/192.168.0.1", "/a..b", "/-ab", "/%00bc", "/a%2fbc"} {
		if got := s.do(t, raw{path: path}); got.status < 400 || got.status >= 500 {
			t.Errorf("%s: got %d %s", path, got.status, got.Code)
		}
	}
	if diff := cmp.Diff([]string{testBucket}, s.buckets(t)); diff != "" {
		t.Error(diff)
	}
}

func TestBucketRemovedByHand(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "key", "content")
	if err := os.RemoveAll(filepath.Join(s.dir, "s3", testBucket)); err != nil {
		t.Fatal(err)
	}
	s.wantNoBucket(t)
	if got := s.buckets(t); len(got) > 0 {
		t.Errorf("listed: %v", got)
	}
	s.createBucket(t, testBucket)
	if got := s.list(t, listInput{}); len(got) > 0 {
		t.Errorf("the new bucket lists %v", got)
	}
	s.put(t, "key", "content")
}

func TestObjectRemovedByHand(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "key", "content")
	if err := os.Remove(filepath.Join(s.dir, "s3", testBucket, locate("key").path)); err != nil {
		t.Fatal(err)
	}
	_, err := s.tryGet(t.Context(), "key")
	wantCode(t, err, "NoSuchKey")
	if got := s.list(t, listInput{}); len(got) > 0 {
		t.Errorf("listed: %v", got)
	}
}

func TestRegion(t *testing.T) {
	t.Parallel()
	o := testOptions(t, t.TempDir())
	o.Region = "eu-central-1"
	server, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	id, secret := server.Credentials()
	client := newClient(web.Client(), web.URL, id, secret, func(o *s3.Options) { o.Region = "eu-central-1" })
	_, err = client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(testBucket), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-central-1"}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: aws.String(testBucket)})
	if err != nil || out.LocationConstraint != "eu-central-1" {
		t.Errorf("got %v %v", out, err)
	}
	head, err := client.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String(testBucket)})
	if err != nil || aws.ToString(head.BucketRegion) != "eu-central-1" {
		t.Errorf("got %v %v", head, err)
	}
	s := newTestServer(t)
	out, err = s.client.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: aws.String(testBucket)})
	if err != nil || out.LocationConstraint != "" {
		t.Errorf("us-east-1 has no name in S3; got %v %v", out, err)
	}
}

// TestWhatIsNotThere asks for features that the server does not have: a client
// must be able to tell.
func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	ctx, bucket := t.Context(), aws.String(testBucket)
	_, err := s.client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true)}})
	wantCode(t, err, "NotImplemented")
	_, err = s.client.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: bucket})
	wantCode(t, err, "NoSuchPublicAccessBlockConfiguration")
	_, err = s.client.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: "AES256"}}},
	}})
	wantCode(t, err, "NotImplemented")
	_, err = s.client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: bucket})
	wantCode(t, err, "ServerSideEncryptionConfigurationNotFoundError")
	_, err = s.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: aws.String("{}")})
	wantCode(t, err, "NotImplemented")
	_, err = s.client.GetBucketPolicyStatus(ctx, &s3.GetBucketPolicyStatusInput{Bucket: bucket})
	wantCode(t, err, "NoSuchBucketPolicy")
	_, err = s.client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"}})
	wantCode(t, err, "NotImplemented")
	_, err = s.client.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: bucket})
	wantCode(t, err, "NotImplemented")
	if got := s.buckets(t); len(got) != 1 {
		t.Errorf("buckets: %v", got)
	}
}
