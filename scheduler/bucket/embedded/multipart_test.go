package embedded

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func randomBody(size int) string {
	b := make([]byte, size)
	rand.Read(b)
	return string(b)
}

// multipart is an upload in progress.
type multipart struct {
	*testServer
	key   string
	id    *string
	parts []types.CompletedPart
}

func (s *testServer) begin(t testing.TB, key string, options ...func(*s3.CreateMultipartUploadInput)) *multipart {
	t.Helper()
	in := &s3.CreateMultipartUploadInput{Bucket: aws.String(testBucket), Key: &key}
	for _, o := range options {
		o(in)
	}
	out, err := s.client.CreateMultipartUpload(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return &multipart{testServer: s, key: key, id: out.UploadId}
}

// withSum asks for a checksum of the object.
func withSum(algorithm, kind string) func(*s3.CreateMultipartUploadInput) {
	return func(in *s3.CreateMultipartUploadInput) {
		in.ChecksumAlgorithm, in.ChecksumType = types.ChecksumAlgorithm(algorithm), types.ChecksumType(kind)
	}
}

func (m *multipart) add(t testing.TB, number int32, body string, algorithm string) {
	t.Helper()
	out, err := m.tryAdd(t, number, body, algorithm)
	if err != nil {
		t.Fatal(err)
	}
	m.parts = append(m.parts, types.CompletedPart{
		PartNumber: &number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32, ChecksumCRC32C: out.ChecksumCRC32C,
		ChecksumCRC64NVME: out.ChecksumCRC64NVME, ChecksumSHA1: out.ChecksumSHA1, ChecksumSHA256: out.ChecksumSHA256,
	})
}

func (m *multipart) tryAdd(t testing.TB, number int32, body string, algorithm string) (*s3.UploadPartOutput, error) {
	t.Helper()
	return m.client.UploadPart(t.Context(), &s3.UploadPartInput{
		Bucket: aws.String(testBucket), Key: &m.key, UploadId: m.id, PartNumber: &number,
		Body: strings.NewReader(body), ChecksumAlgorithm: types.ChecksumAlgorithm(algorithm),
	})
}

func (m *multipart) complete(t testing.TB, options ...func(*s3.CompleteMultipartUploadInput)) error {
	t.Helper()
	in := &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(testBucket), Key: &m.key, UploadId: m.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: m.parts},
	}
	for _, o := range options {
		o(in)
	}
	_, err := m.client.CompleteMultipartUpload(t.Context(), in)
	return err
}

func (m *multipart) abort(t testing.TB) error {
	t.Helper()
	_, err := m.client.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: aws.String(testBucket), Key: &m.key, UploadId: m.id})
	return err
}

func TestMultipartChecksums(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	first, second := randomBody(minPart), "the end"
	for _, c := range []struct{ algorithm, kind string }{
		{"CRC32", composite}, {"CRC32C", composite}, {"SHA1", composite}, {"SHA256", composite},
		{"CRC32", fullObject}, {"CRC32C", fullObject}, {"CRC64NVME", fullObject},
	} {
		t.Run(c.algorithm+" "+c.kind, func(t *testing.T) {
			m := s.begin(t, c.algorithm+c.kind, withSum(c.algorithm, c.kind))
			m.add(t, 1, first, c.algorithm)
			m.add(t, 2, second, c.algorithm)
			want := sumOf(c.algorithm, first+second)
			if c.kind == composite {
				want, _ = compose(c.algorithm, []checksum{{Value: sumOf(c.algorithm, first)}, {Value: sumOf(c.algorithm, second)}})
			}
			wrong := s.do(t, m.completion(c.algorithm, sumOf(c.algorithm, "other")))
			wrong.want(t, 400, "BadDigest")
			if got := s.do(t, m.completion(c.algorithm, want)); got.status != 200 {
				t.Fatalf("got %d %s", got.status, got.body)
			}
			header := map[string]string{"X-Amz-Checksum-Mode": "ENABLED"}
			head := s.do(t, raw{method: "HEAD", path: "/" + testBucket + "/" + m.key, header: header})
			if head.header.Get(checksumHeader+c.algorithm) != want || head.header.Get("X-Amz-Checksum-Type") != c.kind {
				t.Errorf("want %s, got %v", want, head.header)
			}
			if s.get(t, m.key) != first+second { // the SDK verifies full object checksums
				t.Error("content differs")
			}
		})
	}
}

// completion is a completion with a checksum of the object.
func (m *multipart) completion(algorithm, value string) raw {
	var b strings.Builder
	for _, p := range m.parts {
		fmt.Fprintf(&b, "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", *p.PartNumber, *p.ETag)
	}
	return raw{
		method: "POST", path: "/" + testBucket + "/" + m.key + "?uploadId=" + *m.id,
		body:   "<CompleteMultipartUpload>" + b.String() + "</CompleteMultipartUpload>",
		header: map[string]string{"x-amz-checksum-" + algorithm: value},
	}
}

func TestMultipartRefused(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	big := randomBody(minPart)
	parts := func(change func([]types.CompletedPart) []types.CompletedPart) func(*s3.CompleteMultipartUploadInput) {
		return func(in *s3.CompleteMultipartUploadInput) {
			copied := append([]types.CompletedPart(nil), in.MultipartUpload.Parts...)
			in.MultipartUpload = &types.CompletedMultipartUpload{Parts: change(copied)}
		}
	}
	m := s.begin(t, "key", withSum("SHA256", composite))
	m.add(t, 1, big, "SHA256")
	m.add(t, 2, "small", "SHA256")
	m.add(t, 3, "end", "SHA256")
	for name, c := range map[string]struct {
		change func([]types.CompletedPart) []types.CompletedPart
		code   string
	}{
		"no parts":     {func(p []types.CompletedPart) []types.CompletedPart { return nil }, "MalformedXML"},
		"order":        {func(p []types.CompletedPart) []types.CompletedPart { p[0], p[2] = p[2], p[0]; return p }, "InvalidPartOrder"},
		"twice":        {func(p []types.CompletedPart) []types.CompletedPart { return append(p[:1], p[0]) }, "InvalidPartOrder"},
		"unknown part": {func(p []types.CompletedPart) []types.CompletedPart { p[2].PartNumber = aws.Int32(9); return p }, "InvalidPart"},
		"wrong ETag":   {func(p []types.CompletedPart) []types.CompletedPart { p[1].ETag = p[0].ETag; return p }, "InvalidPart"},
		"wrong checksum": {func(p []types.CompletedPart) []types.CompletedPart {
			p[1].ChecksumSHA256 = p[0].ChecksumSHA256
			return p
		}, "InvalidPart"},
		"too small":       {func(p []types.CompletedPart) []types.CompletedPart { return p }, "EntityTooSmall"},
		"too small first": {func(p []types.CompletedPart) []types.CompletedPart { return p[1:] }, "EntityTooSmall"},
	} {
		wantCode(t, m.complete(t, parts(c.change)), c.code)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	wantCode(t, m.complete(t, func(in *s3.CompleteMultipartUploadInput) { in.MpuObjectSize = aws.Int64(7) }, parts(func(p []types.CompletedPart) []types.CompletedPart { return p[:1] })), "InvalidRequest")
	_, err := m.tryAdd(t, 4, "x", "CRC32")
	wantCode(t, err, "InvalidRequest")
	_, err = m.tryAdd(t, 10_001, "x", "SHA256")
	wantCode(t, err, "InvalidPart")
	if got := s.list(t, listInput{}); len(got) > 0 {
		t.Errorf("listed: %v", got)
	}
	if err := m.complete(t, parts(func(p []types.CompletedPart) []types.CompletedPart { return p[:1] })); err != nil {
		t.Fatal(err)
	}
	if s.get(t, "key") != big || len(s.files(t)) != 1 {
		t.Errorf("%d files for one object", len(s.files(t)))
	}
	if err := m.complete(t); err != nil {
		t.Errorf("completing again, as after a lost answer: %v", err)
	}
	wantCode(t, m.abort(t), "NoSuchUpload")
}

// A completion that has found the upload, and waited while another put the
// object together, has the answer of that one.
func TestCompletionThatWaitedForAnother(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key")
	m.add(t, 1, "content", "")
	u, err := s.backend.uploads.find(testBucket, "key", *m.id)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.complete(t); err != nil {
		t.Fatal(err)
	}
	head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String("key")})
	if err != nil {
		t.Fatal(err)
	}
	if made, err := s.backend.complete(t.Context(), u, nil); err != nil || `"`+made.etag()+`"` != *head.ETag {
		t.Errorf("the one that waited: %v, %v, want %s", made, err, *head.ETag)
	}
	if s.get(t, "key") != "content" || len(s.files(t)) != 1 {
		t.Errorf("%d files for one object", len(s.files(t)))
	}
}

func TestInitiationRefused(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, c := range []struct{ algorithm, kind string }{{"SHA256", fullObject}, {"CRC64NVME", composite}, {"", composite}, {"CRC32", "OTHER"}, {"XXHASH3", ""}} {
		in := &s3.CreateMultipartUploadInput{Bucket: aws.String(testBucket), Key: aws.String("key")}
		withSum(c.algorithm, c.kind)(in)
		_, err := s.client.CreateMultipartUpload(t.Context(), in)
		if c.algorithm == "" && err == nil {
			continue // the SDK adds an algorithm
		}
		wantCode(t, err, "InvalidRequest")
	}
}

func TestMultipartAbort(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key")
	m.add(t, 1, "first", "")
	m.add(t, 1, "replaced", "")
	if got := len(s.files(t)); got != 1 {
		t.Errorf("%d files for one part", got)
	}
	if err := m.abort(t); err != nil {
		t.Fatal(err)
	}
	s.wantNothing(t)
	_, err := m.tryAdd(t, 2, "late", "")
	wantCode(t, err, "NoSuchUpload")
	wantCode(t, m.complete(t), "NoSuchUpload")
	wantCode(t, m.abort(t), "NoSuchUpload")
	s.wantNothing(t)
}

// TestMultipartRace completes and aborts at once: whatever wins, the object is
// whole or absent and no part is left.
func TestMultipartRace(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for round := range 8 {
		m := s.begin(t, fmt.Sprint("key", round))
		m.add(t, 1, "content", "")
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				if n%2 == 0 {
					_ = m.complete(t)
				} else {
					_ = m.abort(t)
				}
			})
		}
		wg.Wait()
		keys := s.list(t, listInput{prefix: m.key})
		if len(keys) == 1 && s.get(t, m.key) != "content" {
			t.Error("the object is not whole")
		}
	}
	if files, keys := len(s.files(t)), len(s.list(t, listInput{})); files != keys {
		t.Errorf("%d files for %d objects", files, keys)
	}
}

func TestMultipartConditional(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key")
	m.add(t, 1, "content", "")
	s.put(t, "key", "was there first")
	wantCode(t, m.complete(t, func(in *s3.CompleteMultipartUploadInput) { in.IfNoneMatch = aws.String("*") }), "PreconditionFailed")
	if got := s.get(t, "key"); got != "was there first" {
		t.Errorf("got %q", got)
	}
	if err := m.complete(t); err != nil || s.get(t, "key") != "content" {
		t.Errorf("got %v", err)
	}
}

func TestUploadPartCopy(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "source", "0123456789")
	m := s.begin(t, "key")
	out, err := s.client.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
		Bucket: aws.String(testBucket), Key: &m.key, UploadId: m.id, PartNumber: aws.Int32(1),
		CopySource: aws.String(testBucket + "/source"), CopySourceRange: aws.String("bytes=2-5"),
	})
	if err != nil {
		t.Fatal(err)
	}
	m.parts = []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: out.CopyPartResult.ETag}}
	if err := m.complete(t); err != nil || s.get(t, "key") != "2345" {
		t.Errorf("got %v", err)
	}
}

func TestPartNotAsSaid(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key")
	path := "/" + testBucket + "/key?partNumber=1&uploadId=" + *m.id
	s.do(t, raw{path: path, body: testBody, payload: hexSHA256("other")}).want(t, 400, "XAmzContentSHA256Mismatch")
	s.do(t, raw{path: path, body: testBody, header: map[string]string{"x-amz-checksum-crc32": sumOf("crc32", "other")}}).want(t, 400, "BadDigest")
	s.do(t, raw{path: path, body: testBody, header: map[string]string{"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}}).want(t, 400, "BadDigest")
	s.wantNothing(t)
}

// TestBucketTakesUploadsWithIt deletes a bucket with an upload in progress.
func TestBucketTakesUploadsWithIt(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key")
	m.add(t, 1, "content", "")
	if err := s.deleteBucket(t); err != nil {
		t.Fatal(err)
	}
	s.wantNothing(t)
	s.createBucket(t, testBucket)
	wantCode(t, m.complete(t), "NoSuchUpload")
}

// TestIdleUploadsAreRemoved: what nobody goes on with for a day is removed, and
// nothing else.
func TestIdleUploadsAreRemoved(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	now := time.Now()
	s.backend.now = func() time.Time { return now }
	idle, busy := s.begin(t, "idle"), s.begin(t, "busy")
	idle.add(t, 1, "part", "")
	busy.add(t, 1, "part", "")
	now = now.Add(uploadLife - time.Hour)
	busy.add(t, 2, "the end", "")
	s.backend.sweep()
	if got := len(s.files(t)); got != 3 {
		t.Errorf("%d files before the day is over", got)
	}
	now = now.Add(2 * time.Hour)
	s.backend.sweep()
	if got := len(s.files(t)); got != 2 {
		t.Errorf("%d files, want those of the upload that goes on", got)
	}
	wantCode(t, idle.complete(t), "NoSuchUpload")
	_, err := idle.tryAdd(t, 2, "late", "")
	wantCode(t, err, "NoSuchUpload")
	busy.parts = busy.parts[1:]
	if err := busy.complete(t); err != nil || s.get(t, "busy") != "the end" {
		t.Error(err)
	}
}
