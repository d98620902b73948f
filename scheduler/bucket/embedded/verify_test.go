package embedded

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// algorithms returns the flexible checksums that the server computes.
func algorithms() []string {
	return []string{"crc32", "crc32c", "crc64nvme", "sha1", "sha256", "sha512", "md5"}
}

const testBody = "report_id,usage_report_name\n1,daily\n"

func sumOf(algorithm, body string) string {
	h := newHash(algorithm)
	h.Write([]byte(body))
	return encode(h)
}

// TestChecksumVectors compares with the check values of the algorithms'
// catalogs, for "123456789".
func TestChecksumVectors(t *testing.T) {
	t.Parallel()
	for algorithm, want := range map[string]string{"crc32": "cbf43926", "crc32c": "e3069283", "crc64nvme": "ae8b14860a799888"} {
		sum, err := base64.StdEncoding.DecodeString(sumOf(algorithm, "123456789"))
		if err != nil || hex.EncodeToString(sum) != want {
			t.Errorf("%s: got %x, want %s", algorithm, sum, want)
		}
	}
}

func TestChecksumInHeader(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, algorithm := range algorithms() {
		header := "x-amz-checksum-" + algorithm
		for _, payload := range []string{"", unsignedPayload} {
			s.do(t, raw{body: testBody + "x", payload: payload, header: map[string]string{header: sumOf(algorithm, testBody)}}).want(t, 400, "BadDigest")
			s.do(t, raw{body: testBody, payload: payload, header: map[string]string{header: "AAAA!"}}).want(t, 400, "InvalidRequest")
		}
		s.wantNothing(t)
		path := "/" + testBucket + "/" + algorithm
		put := s.do(t, raw{path: path, body: testBody, header: map[string]string{header: sumOf(algorithm, testBody)}})
		head := s.do(t, raw{method: "HEAD", path: path, header: map[string]string{"x-amz-checksum-mode": "ENABLED"}})
		for _, got := range []reply{put, head} {
			if got.status != 200 || got.header.Get(header) != sumOf(algorithm, testBody) || got.header.Get("X-Amz-Checksum-Type") != fullObject {
				t.Errorf("%s: got %d %v", algorithm, got.status, got.header)
			}
		}
		if got := s.do(t, raw{method: "HEAD", path: path}); got.header.Get(header) != "" {
			t.Errorf("%s: a checksum that nobody asked for", algorithm)
		}
		s.do(t, raw{method: "DELETE", path: path})
	}
}

func TestContentHash(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	sum := md5.Sum([]byte(testBody))
	right := base64.StdEncoding.EncodeToString(sum[:])
	for name, c := range map[string]struct {
		in     raw
		status int
		code   string
	}{
		"SHA-256 of another body": {raw{body: testBody, payload: hexSHA256("other")}, 400, "XAmzContentSHA256Mismatch"},
		"SHA-256 malformed":       {raw{body: testBody, payload: "abc"}, 400, "InvalidArgument"},
		"ECDSA chunks":            {raw{body: testBody, payload: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}, 400, "InvalidArgument"},
		"MD5 of another body":     {raw{body: testBody + "x", header: map[string]string{"Content-MD5": right}}, 400, "BadDigest"},
		"MD5 malformed":           {raw{body: testBody, header: map[string]string{"Content-MD5": "abc"}}, 400, "InvalidDigest"},
		"MD5 empty":               {raw{body: testBody, header: map[string]string{"Content-MD5": ""}}, 400, "InvalidDigest"},
		"two checksums":           {raw{body: testBody, header: map[string]string{"x-amz-checksum-crc32": sumOf("crc32", testBody), "x-amz-checksum-sha1": sumOf("sha1", testBody)}}, 400, "InvalidRequest"},
		"unknown algorithm":       {raw{body: testBody, header: map[string]string{"x-amz-checksum-xxhash64": "AAAAAAAAAAA="}}, 400, "InvalidRequest"},
		"announced, not sent":     {raw{body: testBody, header: map[string]string{"x-amz-sdk-checksum-algorithm": "CRC32"}}, 400, "InvalidRequest"},
		"announced another":       {raw{body: testBody, header: map[string]string{"x-amz-sdk-checksum-algorithm": "SHA1", "x-amz-checksum-crc32": sumOf("crc32", testBody)}}, 400, "InvalidRequest"},
		"trailer without framing": {raw{body: testBody, header: map[string]string{"x-amz-trailer": "x-amz-checksum-crc32"}}, 400, "InvalidRequest"},
		"delete, wrong body":      {raw{method: "POST", path: "/" + testBucket + "?delete", body: "<Delete><Object><Key>a</Key></Object></Delete>", payload: hexSHA256("other")}, 400, "XAmzContentSHA256Mismatch"},
		"delete, wrong checksum":  {raw{method: "POST", path: "/" + testBucket + "?delete", body: "<Delete><Object><Key>a</Key></Object></Delete>", header: map[string]string{"x-amz-checksum-crc32": sumOf("crc32", "other")}}, 400, "BadDigest"},
	} {
		t.Run(name, func(t *testing.T) {
			s.do(t, c.in).want(t, c.status, c.code)
			s.wantNothing(t)
		})
	}
	if got := s.do(t, raw{body: testBody, header: map[string]string{"Content-MD5": right}}); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// framed is a body in aws-chunked framing, as a client sends it.
type framed struct {
	payload string   // x-amz-content-sha256
	chunks  []string // content
	trailer string   // announced
	value   string   // of the trailer that is sent; none when empty
	change  func(string) string
	length  int // declared; that of the content when 0
}

// sendFramed signs and sends a framed body the way the specification says.
func (s *testServer) sendFramed(t testing.TB, f framed) reply {
	t.Helper()
	content := strings.Join(f.chunks, "")
	if f.length == 0 {
		f.length = len(content)
	}
	in := raw{payload: f.payload, header: map[string]string{
		"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": strconv.Itoa(f.length),
	}}
	if f.trailer != "" {
		in.header["X-Amz-Trailer"] = f.trailer
	}
	r := s.request(t, in)
	at := s.sign(t, r, in)
	body := s.frame(r, at, f)
	if f.change != nil {
		body = f.change(body)
	}
	whole := s.request(t, raw{body: body})
	whole.Header = r.Header
	return s.send(t, whole)
}

// frame renders the body with the signatures that its payload kind has.
func (s *testServer) frame(r *http.Request, at time.Time, f framed) string {
	_, secret := s.Credentials()
	signer := newChunkSigner(r, secret)
	signer.date = at.UTC().Format("20060102T150405Z")
	sign := func(kind, text string) string {
		message := kind + "\n" + signer.date + "\n" + signer.scope + "\n" + signer.previous + "\n"
		if kind == chunkSignature {
			message += hexSHA256("") + "\n"
		}
		signer.previous = hex.EncodeToString(hmacSHA256(signer.key, message+hexSHA256(text)))
		return signer.previous
	}
	var b strings.Builder
	for _, chunk := range append(f.chunks, "") {
		fmt.Fprintf(&b, "%x", len(chunk))
		if f.payload != unsignedTrailer {
			b.WriteString(";chunk-signature=" + sign(chunkSignature, chunk))
		}
		b.WriteString("\r\n" + chunk)
		if chunk != "" {
			b.WriteString("\r\n")
		}
	}
	if f.value != "" {
		b.WriteString(f.trailer + ":" + f.value + "\r\n")
		if f.payload == signedTrailer {
			b.WriteString("x-amz-trailer-signature:" + sign(trailerSignature, f.trailer+":"+f.value+"\n") + "\r\n")
		}
	}
	b.WriteString("\r\n")
	return b.String()
}

func replace(old, with string) func(string) string {
	return func(s string) string { return strings.Replace(s, old, with, 1) }
}

func cut(from string) func(string) string {
	return func(s string) string { return s[:strings.Index(s, from)] }
}

func TestFramedBody(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	chunks := []string{testBody, strings.Repeat("x", 100_000), "end"}
	content := strings.Join(chunks, "")
	for _, algorithm := range algorithms() {
		for _, payload := range []string{unsignedTrailer, signedTrailer} {
			f := framed{payload: payload, chunks: chunks, trailer: "x-amz-checksum-" + algorithm, value: sumOf(algorithm, content)}
			if got := s.sendFramed(t, f); got.status != 200 || got.header.Get(f.trailer) != f.value {
				t.Errorf("%s %s: got %d %s %v", algorithm, payload, got.status, got.body, got.header)
			}
			got := s.do(t, raw{method: "GET", header: map[string]string{"x-amz-checksum-mode": "ENABLED"}})
			if got.body != content || got.header.Get(f.trailer) != f.value || got.header.Get("Content-Encoding") != "" {
				t.Errorf("%s %s: got %d bytes, %v", algorithm, payload, len(got.body), got.header)
			}
			s.do(t, raw{method: "DELETE"})
			f.value = sumOf(algorithm, "other")
			s.sendFramed(t, f).want(t, 400, "BadDigest")
			s.wantNothing(t)
		}
	}
	if got := s.sendFramed(t, framed{payload: signedChunks, chunks: chunks}); got.status != 200 || s.get(t, "key") != content {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

func TestFramedBodyRefused(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	crc := sumOf("crc32", testBody)
	unsigned := framed{payload: unsignedTrailer, chunks: []string{testBody}, trailer: "x-amz-checksum-crc32", value: crc}
	signed := framed{payload: signedTrailer, chunks: []string{testBody, "more"}, trailer: "x-amz-checksum-crc32", value: sumOf("crc32", testBody+"more")}
	plain := framed{payload: signedChunks, chunks: []string{testBody, "more"}}
	with := func(f framed, change func(string) string) framed { f.change = change; return f }
	for name, c := range map[string]struct {
		f      framed
		status int
		code   string
	}{
		"content changed":           {with(unsigned, replace("daily", "Daily")), 400, "BadDigest"},
		"trailer missing":           {with(unsigned, replace("x-amz-checksum-crc32:"+crc+"\r\n", "")), 400, "MalformedTrailerError"},
		"trailer without colon":     {with(unsigned, replace("crc32:", "crc32 ")), 400, "MalformedTrailerError"},
		"another trailer":           {with(unsigned, replace("x-amz-checksum-crc32:"+crc, "x-amz-checksum-sha1:"+sumOf("sha1", testBody))), 400, "MalformedTrailerError"},
		"data behind the end":       {with(unsigned, func(s string) string { return s + "more" }), 400, "MalformedTrailerError"},
		"cut in the content":        {with(unsigned, cut("daily")), 400, "IncompleteBody"},
		"cut before the last chunk": {with(unsigned, cut("0\r\nx-amz")), 400, "IncompleteBody"},
		"chunk size malformed":      {with(unsigned, replace("24\r\n", "zz\r\n")), 400, "InvalidRequest"},
		"chunk size negative":       {with(unsigned, replace("24\r\n", "-24\r\n")), 400, "InvalidRequest"},
		"chunk size too small":      {with(unsigned, replace("24\r\n", "23\r\n")), 400, "InvalidRequest"},
		"chunk line too long":       {with(unsigned, replace("24\r\n", "24;"+strings.Repeat("x", 9000)+"\r\n")), 400, "InvalidRequest"},
		"longer than declared":      {framed{payload: unsignedTrailer, chunks: []string{testBody}, length: 5}, 400, "IncompleteBody"},
		"shorter than declared":     {framed{payload: unsignedTrailer, chunks: []string{testBody}, length: 500}, 400, "IncompleteBody"},
		"signed content changed":    {with(plain, replace("daily", "Daily")), 403, "SignatureDoesNotMatch"},
		"signed chunk left out":     {with(plain, func(s string) string { return s[strings.Index(s, "4;chunk"):] }), 403, "SignatureDoesNotMatch"},
		"signature left out":        {with(plain, replace(";chunk-signature=", ";x=")), 403, "SignatureDoesNotMatch"},
		"signed end left out":       {with(plain, cut("0;chunk")), 400, "IncompleteBody"},
		"signed trailer changed":    {with(signed, replace("x-amz-checksum-crc32:", "x-amz-checksum-crc32:A")), 403, "SignatureDoesNotMatch"},
		"trailer not signed":        {with(signed, replace("x-amz-trailer-signature:", "x-amz-other:")), 403, "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			s.sendFramed(t, c.f).want(t, c.status, c.code)
			s.wantNothing(t)
		})
	}
}

// TestSDKChecksums sends every checksum that the SDK computes, as a header
// over http and as a trailer over https.
func TestSDKChecksums(t *testing.T) {
	t.Parallel()
	for scheme, serve := range map[string]func(http.Handler) *httptest.Server{"http": httptest.NewServer, "https": httptest.NewTLSServer} {
		s := startTestServer(t, t.TempDir(), serve)
		s.createBucket(t, testBucket)
		for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
			t.Run(scheme+" "+string(algorithm), func(t *testing.T) {
				_, err := s.client.PutObject(t.Context(), &s3.PutObjectInput{
					Bucket: aws.String(testBucket), Key: aws.String("key"), Body: strings.NewReader(testBody), ChecksumAlgorithm: algorithm,
				})
				if err != nil {
					t.Fatal(err)
				}
				out, err := s.client.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{
					Bucket: aws.String(testBucket), Key: aws.String("key"), ObjectAttributes: []types.ObjectAttributes{"Checksum", "ObjectSize", "ETag"},
				})
				if err != nil {
					t.Fatal(err)
				}
				got := map[types.ChecksumAlgorithm]*string{
					"CRC32": out.Checksum.ChecksumCRC32, "CRC32C": out.Checksum.ChecksumCRC32C, "CRC64NVME": out.Checksum.ChecksumCRC64NVME,
					"SHA1": out.Checksum.ChecksumSHA1, "SHA256": out.Checksum.ChecksumSHA256,
				}[algorithm]
				if aws.ToString(got) != sumOf(string(algorithm), testBody) {
					t.Errorf("got %v", aws.ToString(got))
				}
				if got := s.get(t, "key"); got != testBody { // the SDK verifies what it reads
					t.Errorf("got %q", got)
				}
			})
		}
	}
}
