package embedded

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
)

// TestUnknownLength sends bodies with Transfer-Encoding: chunked, as streams
// of the JavaScript SDK and empty objects of minio-go are sent.
func TestUnknownLength(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, body := range []string{testBody, ""} {
		trailer := "0\r\nx-amz-checksum-crc32:" + sumOf("crc32", body) + "\r\n\r\n"
		chunked := trailer
		if body != "" {
			chunked = fmt.Sprintf("%x\r\n%s\r\n", len(body), body) + trailer
		}
		for payload, sent := range map[string]string{unsignedPayload: body, hexSHA256(body): body, unsignedTrailer: chunked} {
			in := raw{payload: payload, header: map[string]string{"X-Amz-Decoded-Content-Length": fmt.Sprint(len(body))}}
			if payload == unsignedTrailer {
				in.header["X-Amz-Trailer"], in.header["Content-Encoding"] = "x-amz-checksum-crc32", "aws-chunked"
			}
			if got := s.doChunked(t, in, sent); got.status != 200 {
				t.Errorf("%s: got %d %s", payload, got.status, got.body)
			}
			if got := s.get(t, "key"); got != body {
				t.Errorf("%s: got %q", payload, got)
			}
			s.deleteObject(t, "key")
			in.header["X-Amz-Decoded-Content-Length"] = fmt.Sprint(len(body) + 1)
			s.doChunked(t, in, sent).want(t, 400, "IncompleteBody")
		}
	}
	s.doChunked(t, raw{payload: unsignedPayload}, testBody).want(t, http.StatusLengthRequired, "MissingContentLength")
	s.wantNothing(t)
}

// doChunked sends a request with Transfer-Encoding: chunked.
func (s *testServer) doChunked(t testing.TB, in raw, body string) reply {
	t.Helper()
	r := s.request(t, in)
	s.sign(t, r, in)
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), -1
	return s.send(t, r)
}

// TestChecksumLeftToServer names an algorithm and no value.
func TestChecksumLeftToServer(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, algorithm := range algorithms() {
		put := s.do(t, raw{body: testBody, header: map[string]string{"X-Amz-Checksum-Algorithm": strings.ToUpper(algorithm)}})
		head := s.do(t, raw{method: "HEAD", header: map[string]string{"X-Amz-Checksum-Mode": "ENABLED"}})
		for _, got := range []reply{put, head} {
			if want := sumOf(algorithm, testBody); got.status != 200 || got.header.Get(checksumHeader+algorithm) != want {
				t.Errorf("%s: got %d %v %s", algorithm, got.status, got.header, got.body)
			}
		}
	}
	s.do(t, raw{body: testBody, header: map[string]string{"X-Amz-Checksum-Algorithm": "XXHASH3"}}).want(t, 400, "InvalidRequest")
}

func TestHeadRange(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "key", "0123456789")
	got := s.do(t, raw{method: "HEAD", header: map[string]string{"Range": "bytes=2-4"}})
	if got.status != 206 || got.header.Get("Content-Range") != "bytes 2-4/10" || got.header.Get("Content-Length") != "3" || got.body != "" {
		t.Errorf("got %d %v %q", got.status, got.header, got.body)
	}
	if got := s.do(t, raw{method: "HEAD", header: map[string]string{"Range": "bytes=10-"}}); got.status != 416 || got.body != "" {
		t.Errorf("got %d %v", got.status, got.header)
	}
}

// TestDocuments looks at the XML that SDKs are not particular about.
func TestDocuments(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	path := "/" + testBucket + "/a%20key"
	begun := s.do(t, raw{method: "POST", path: path + "?uploads", header: map[string]string{"X-Amz-Checksum-Algorithm": "CRC32"}})
	_, rest, _ := strings.Cut(begun.body, "<UploadId>")
	id, _, _ := strings.Cut(rest, "<")
	root := `<InitiateMultipartUploadResult xmlns="` + namespace + `"><Bucket>` + testBucket + `</Bucket><Key>a key</Key><UploadId>` + id + `</UploadId></InitiateMultipartUploadResult>`
	if !strings.HasSuffix(begun.body, root) || begun.header.Get("Content-Type") != "application/xml" {
		t.Errorf("got %s %v", begun.body, begun.header)
	}
	part := s.do(t, raw{path: path + "?partNumber=1&uploadId=" + id, body: testBody})
	sum, _ := compose("crc32", []checksum{{Value: sumOf("crc32", testBody)}})
	done := s.do(t, raw{
		method: "POST", path: path + "?uploadId=" + id,
		body: "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + part.header.Get("ETag") + "</ETag></Part></CompleteMultipartUpload>",
	})
	for _, want := range []string{
		`<CompleteMultipartUploadResult xmlns="` + namespace + `">`, "<Location>" + s.url + path + "</Location>", "<Bucket>" + testBucket + "</Bucket>",
		"<Key>a key</Key>", "<ETag>" + strings.ReplaceAll(part.header.Get("ETag"), `"`, "&#34;") + "</ETag>",
		"<ChecksumCRC32>" + sum + "</ChecksumCRC32>", "<ChecksumType>COMPOSITE</ChecksumType>",
	} {
		if !strings.Contains(done.body, want) {
			t.Errorf("no %s in %s", want, done.body)
		}
	}
	owner := "<DisplayName>license-manager</DisplayName>"
	for _, path := range []string{"/", "/" + testBucket, "/" + testBucket + "?list-type=2&fetch-owner=true", "/" + testBucket + "?versions", "/" + testBucket + "?acl"} {
		if got := s.do(t, raw{method: "GET", path: path}); !strings.Contains(got.body, owner) || strings.Contains(got.body, "GoFakeS3") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
}

func TestCopyReturnsChecksum(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "source", testBody)
	out, err := s.client.CopyObject(t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("key"), CopySource: aws.String(testBucket + "/source"), ChecksumAlgorithm: "SHA256",
	})
	if err != nil {
		t.Fatal(err)
	}
	r := out.CopyObjectResult
	if aws.ToString(r.ChecksumSHA256) != sumOf("sha256", testBody) || r.ChecksumType != fullObject || r.LastModified == nil {
		t.Errorf("got %+v", r)
	}
	m := s.begin(t, "parts", withSum("CRC32", composite))
	part, err := s.client.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
		Bucket: aws.String(testBucket), Key: &m.key, UploadId: m.id, PartNumber: aws.Int32(1), CopySource: aws.String(testBucket + "/source"),
	})
	if err != nil || aws.ToString(part.CopyPartResult.ChecksumCRC32) != sumOf("crc32", testBody) || part.CopyPartResult.LastModified == nil {
		t.Errorf("got %+v %v", part, err)
	}
}

// TestTags sets tags with an object and after it; nothing else of the object
// changes by that.
func TestTags(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key", withSum("SHA256", composite), func(in *s3.CreateMultipartUploadInput) {
		in.Tagging, in.ContentType = aws.String("a=1&b=2"), aws.String("text/csv")
	})
	m.add(t, 1, testBody, "SHA256")
	if err := m.complete(t); err != nil {
		t.Fatal(err)
	}
	head := func() []any {
		out, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String("key"), ChecksumMode: "ENABLED"})
		if err != nil {
			t.Fatal(err)
		}
		return []any{*out.ETag, *out.LastModified, *out.ContentType, *out.ChecksumSHA256, *out.ContentLength, s.get(t, "key")}
	}
	before := head()
	s.wantTags(t, "a=1 b=2")
	set := tags("state", "gelöscht & <weg>")
	if _, err := s.client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: aws.String(testBucket), Key: aws.String("key"), Tagging: set}); err != nil {
		t.Fatal(err)
	}
	s.wantTags(t, "state=gelöscht & <weg>")
	if _, err := s.client.DeleteObjectTagging(t.Context(), &s3.DeleteObjectTaggingInput{Bucket: aws.String(testBucket), Key: aws.String("key")}); err != nil {
		t.Fatal(err)
	}
	s.wantTags(t, "")
	if diff := cmp.Diff(before, head()); diff != "" {
		t.Error(diff)
	}
	s.do(t, raw{body: "no metadata"})
	if _, err := s.client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: aws.String(testBucket), Key: aws.String("key"), Tagging: set}); err != nil {
		t.Error(err)
	}
	s.wantTags(t, "state=gelöscht & <weg>")
	_, err := s.client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: aws.String(testBucket), Key: aws.String("absent"), Tagging: set})
	wantCode(t, err, "NoSuchKey")
	if got := s.files(t); len(got) != 1 {
		t.Errorf("files: %q", got)
	}
}

func tags(key, value string) *types.Tagging {
	return &types.Tagging{TagSet: []types.Tag{{Key: &key, Value: &value}}}
}

func (s *testServer) wantTags(t testing.TB, want string) {
	t.Helper()
	out, err := s.client.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: aws.String(testBucket), Key: aws.String("key")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tag := range out.TagSet {
		got = append(got, *tag.Key+"="+*tag.Value)
	}
	if strings.Join(got, " ") != want {
		t.Errorf("tags %q, want %q", got, want)
	}
}

// TestErrorCodes compares with the codes and statuses that AWS documents.
func TestErrorCodes(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "key", "content")
	s.do(t, raw{method: "POST", path: "/" + testBucket + "/key"}).want(t, http.StatusMethodNotAllowed, "MethodNotAllowed")
	s.do(t, raw{header: map[string]string{"X-Amz-Storage-Class": "INVALID"}}).want(t, 400, "InvalidStorageClass")
	id, _ := s.Credentials()
	for name, c := range map[string]struct {
		authorization string
		status        int
		code          string
	}{
		"no fields":      {"AWS4-HMAC-SHA256 nothing", 400, "AuthorizationHeaderMalformed"},
		"short scope":    {"AWS4-HMAC-SHA256 Credential=" + id + "/20261124, SignedHeaders=host, Signature=00", 400, "AuthorizationHeaderMalformed"},
		"no date":        {"AWS4-HMAC-SHA256 Credential=" + id + "/today/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00", 400, "AuthorizationHeaderMalformed"},
		"other service":  {"AWS4-HMAC-SHA256 Credential=" + id + "/20261124/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=00", 400, "AuthorizationHeaderMalformed"},
		"other terminal": {"AWS4-HMAC-SHA256 Credential=" + id + "/20261124/us-east-1/s3/aws5_request, SignedHeaders=host, Signature=00", 400, "AuthorizationHeaderMalformed"},
	} {
		r := s.request(t, raw{method: "GET", header: map[string]string{"Authorization": c.authorization}})
		if got := s.send(t, r); got.status != c.status || got.Code != c.code {
			t.Errorf("%s: got %d %s (%s)", name, got.status, got.Code, got.Message)
		}
	}
	for name, query := range map[string]string{
		"expires": "X-Amz-Expires=soon&X-Amz-Credential=" + id + "/20261124/us-east-1/s3/aws4_request",
		"scope":   "X-Amz-Expires=60&X-Amz-Credential=" + id + "/20261124",
	} {
		url := s.url + "/" + testBucket + "/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-SignedHeaders=host&X-Amz-Signature=00&X-Amz-Date=" + time.Now().UTC().Format("20060102T150405Z") + "&" + query
		if got := s.fetch(t, "GET", url, ""); got.status != 400 || got.Code != "AuthorizationQueryParametersError" {
			t.Errorf("%s: got %d %s (%s)", name, got.status, got.Code, got.Message)
		}
	}
}

// TestScopeOfAnotherDay: a signing key is good for the day it was made for.
func TestScopeOfAnotherDay(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "key", "content")
	now := time.Now().UTC()
	if got := s.getScoped(t, now, now.Format("20060102")); got.body != "content" {
		t.Errorf("got %d %s", got.status, got.body)
	}
	for _, day := range []time.Time{now.AddDate(0, 0, -1), now.AddDate(0, 0, 1), now.AddDate(1, 0, 0)} {
		s.getScoped(t, now, day.Format("20060102")).want(t, 400, "AuthorizationHeaderMalformed")
	}
}

// getScoped reads the object with a signature that is right for the day of its
// scope, whatever the date of the request is.
func (s *testServer) getScoped(t testing.TB, at time.Time, day string) reply {
	t.Helper()
	id, secret := s.Credentials()
	date, scope, sum := at.Format("20060102T150405Z"), day+"/us-east-1/s3/aws4_request", hexSHA256("")
	r := s.request(t, raw{method: "GET", header: map[string]string{"X-Amz-Date": date, "X-Amz-Content-Sha256": sum}})
	signed := "host;x-amz-content-sha256;x-amz-date"
	canonical := strings.Join([]string{"GET", r.URL.Path, "", "host:" + r.URL.Host, "x-amz-content-sha256:" + sum, "x-amz-date:" + date, "", signed, sum}, "\n")
	key := []byte("AWS4" + secret)
	for step := range strings.SplitSeq(scope, "/") {
		key = hmacSHA256(key, step)
	}
	signature := hex.EncodeToString(hmacSHA256(key, strings.Join([]string{"AWS4-HMAC-SHA256", date, scope, hexSHA256(canonical)}, "\n")))
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+id+"/"+scope+", SignedHeaders="+signed+", Signature="+signature)
	return s.send(t, r)
}

// TestTrailerBeforeEmptyLine sends the trailers as minio-go does: an empty line
// separates them from their signature, or two end the body.
func TestTrailerBeforeEmptyLine(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	unsigned := framed{payload: unsignedTrailer, chunks: []string{testBody}, trailer: "x-amz-checksum-md5", value: sumOf("md5", testBody)}
	unsigned.change = replace(unsigned.value+"\r\n", unsigned.value+"\n\r\n")
	if got := s.sendFramed(t, unsigned); got.status != 200 || got.header.Get(unsigned.trailer) != unsigned.value {
		t.Errorf("got %d %s %v", got.status, got.body, got.header)
	}
	s.deleteObject(t, "key")
	f := framed{payload: signedTrailer, chunks: []string{testBody}, trailer: "x-amz-checksum-crc32c", value: sumOf("crc32c", testBody)}
	f.change = replace(f.value+"\r\n", f.value+"\n\r\n")
	if got := s.sendFramed(t, f); got.status != 200 || got.header.Get(f.trailer) != f.value {
		t.Errorf("got %d %s %v", got.status, got.body, got.header)
	}
	s.deleteObject(t, "key")
	f.change = func(body string) string {
		body, _, _ = strings.Cut(body, "x-amz-trailer-signature")
		return strings.Replace(body, f.value+"\r\n", f.value+"\n\r\n", 1)
	}
	s.sendFramed(t, f).want(t, 403, "SignatureDoesNotMatch")
	s.wantNothing(t)
}
