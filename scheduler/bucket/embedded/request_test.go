package embedded

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// raw is a request that no SDK would send.
type raw struct {
	method  string // PUT when empty
	path    string // escaped; /reports-bucket/key when empty
	body    string
	header  map[string]string
	payload string    // x-amz-content-sha256; the hash of the body when empty
	at      time.Time // of the signature; now when zero
	id      string    // access key ID; the server's when empty
	secret  string
}

// reply is what came back.
type reply struct {
	status  int
	header  http.Header
	body    string
	Code    string
	Message string
}

// do signs and sends a request.
func (s *testServer) do(t testing.TB, in raw) reply {
	t.Helper()
	r := s.request(t, in)
	s.sign(t, r, in)
	return s.send(t, r)
}

func (s *testServer) request(t testing.TB, in raw) *http.Request {
	t.Helper()
	if in.method == "" {
		in.method = http.MethodPut
	}
	if in.path == "" {
		in.path = "/" + testBucket + "/key"
	}
	r, err := http.NewRequestWithContext(t.Context(), in.method, s.url+in.path, strings.NewReader(in.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range in.header {
		r.Header.Set(name, value)
	}
	return r
}

// sign signs a request as the SDK does and returns the time that it used.
func (s *testServer) sign(t testing.TB, r *http.Request, in raw) time.Time {
	t.Helper()
	if in.payload == "" {
		in.payload = hexSHA256(in.body)
	}
	if in.at.IsZero() {
		in.at = time.Now()
	}
	keys := s.testKeys()
	if in.id != "" {
		keys.AccessKeyID = in.id
	}
	if in.secret != "" {
		keys.SecretAccessKey = in.secret
	}
	r.Header.Set("X-Amz-Content-Sha256", in.payload)
	err := v4.NewSigner().SignHTTP(context.Background(), keys, r, in.payload, "s3", "us-east-1", in.at, func(o *v4.SignerOptions) {
		o.DisableURIPathEscaping = true
	})
	if err != nil {
		t.Fatal(err)
	}
	return in.at
}

func (s *testServer) testKeys() aws.Credentials {
	id, secret := s.Credentials()
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}
}

func (s *testServer) send(t testing.TB, r *http.Request) reply {
	t.Helper()
	res, err := s.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: res.StatusCode, header: res.Header, body: string(b)}
	if res.StatusCode >= 300 && len(b) > 0 {
		if err := xml.Unmarshal(b, &out); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
	}
	return out
}

// want fails unless the reply is an error with status and code.
func (r reply) want(t testing.TB, status int, code string) {
	t.Helper()
	if r.status != status || r.Code != code {
		t.Errorf("got %d %s (%s), want %d %s", r.status, r.Code, r.Message, status, code)
	}
}

// wantNothing fails when the bucket has an object or anything is left of an
// upload.
func (s *testServer) wantNothing(t testing.TB) {
	t.Helper()
	if files := s.files(t); len(files) > 0 {
		t.Errorf("files were left: %q", files)
	}
}

// files returns the object and temporary files on disk.
func (s *testServer) files(t testing.TB) []string { return objectFiles(t, s.dir) }

func objectFiles(t testing.TB, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(dir, "s3"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != lockName && d.Name() != bucketFile {
			found = append(found, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return found
}

func hexSHA256(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func TestLimits(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for name, c := range map[string]struct {
		in     raw
		status int
		code   string
	}{
		"key too long":        {raw{path: "/" + testBucket + "/" + strings.Repeat("k", 1025)}, 400, "KeyTooLongError"},
		"metadata too large":  {raw{header: map[string]string{"X-Amz-Meta-A": strings.Repeat("v", 2048)}}, 400, "MetadataTooLarge"},
		"headers too large":   {raw{header: map[string]string{"X-Custom": strings.Repeat("v", 16<<10)}}, 400, "RequestHeaderSectionTooLarge"},
		"NUL in key":          {raw{path: "/" + testBucket + "/a%00b"}, 400, "InvalidURI"},
		"not UTF-8":           {raw{path: "/" + testBucket + "/a%ffb"}, 400, "InvalidURI"},
		"unknown method":      {raw{method: "PATCH"}, 405, "MethodNotAllowed"},
		"unknown subresource": {raw{path: "/" + testBucket + "/key?renameObject"}, 501, "NotImplemented"},
		"append":              {raw{header: map[string]string{"X-Amz-Write-Offset-Bytes": "3"}}, 501, "NotImplemented"},
		"public ACL":          {raw{header: map[string]string{"X-Amz-Acl": "public-read"}}, 400, "AccessControlListNotSupported"},
		"grant":               {raw{header: map[string]string{"X-Amz-Grant-Read": "uri=x"}}, 400, "AccessControlListNotSupported"},
		"browser form":        {raw{method: "POST", path: "/" + testBucket}, 501, "NotImplemented"},
		"object versions":     {raw{method: "GET", path: "/" + testBucket + "/key?versionId=3"}, 501, "NotImplemented"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.do(t, c.in).want(t, c.status, c.code)
			s.wantNothing(t)
		})
	}
}

func TestLargestKeyAndMetadata(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	path := "/" + testBucket + "/" + strings.Repeat("k", 1024)
	value := strings.Repeat("v", 2047)
	if got := s.do(t, raw{path: path, body: "x", header: map[string]string{"X-Amz-Meta-A": value}}); got.status != 200 {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	got := s.do(t, raw{method: "GET", path: path})
	if got.body != "x" || got.header.Get("X-Amz-Meta-A") != value || got.header.Get("Content-Type") != "binary/octet-stream" {
		t.Errorf("got %q %v", got.body, got.header)
	}
}

// hostileKeys would reach outside the directory, or be mangled by it, if
// files were named by keys.
func hostileKeys() []string {
	return []string{
		"../../etc/passwd", "..", ".", "./a", "a/../b", "/", "//", "/leading", "trailing/", "a//b", `..\..\windows`,
		"CON", "aux.txt", "a:b", "con\ttab", "new\nline", "carriage\rreturn", "ümläut/名前/🙂", "e\u0301", "\u00e9",
		"%2e%2e%2f", "a b+c", "a?b#c&d=e", "<xml>&amp;", "'\"`$(rm)", strings.Repeat("ü", 512), strings.Repeat("a/", 512),
		".tmp", ".lock", "bucket.json", "-rf", "~", "*", "\u202e", "Reports/Ä b/2026/11/24/x.csv",
	}
}

func TestHostileKeys(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for _, key := range hostileKeys() {
		s.put(t, key, "content of "+key)
	}
	for _, key := range hostileKeys() {
		if got := s.get(t, key); got != "content of "+key {
			t.Errorf("%q: got %q", key, got)
		}
	}
	if got := len(s.files(t)); got != len(hostileKeys()) {
		t.Errorf("got %d files for %d keys", got, len(hostileKeys()))
	}
	outside, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(outside) != 3 { // the directory and two files of keys
		t.Errorf("the data directory has %v", outside)
	}
	if got := len(s.list(t, listInput{})); got != len(hostileKeys()) {
		t.Errorf("the listing has %d keys, want %d", got, len(hostileKeys()))
	}
}

func FuzzLocate(f *testing.F) {
	for _, key := range hostileKeys() {
		f.Add(key)
	}
	f.Add("a\x00b")
	f.Fuzz(func(t *testing.T, key string) {
		at := locate(key)
		if !filepath.IsLocal(at.path) || len(at.path) != 2+1+62 || strings.Count(at.path, "/") != 1 {
			t.Errorf("%q lies at %q", key, at.path)
		}
		if strings.Trim(at.path, "0123456789abcdef/") != "" || at.path[:2] != shardName(at.shard) {
			t.Errorf("%q lies at %q", key, at.path)
		}
	})
}

// FuzzChunkReader feeds arbitrary bytes to the one parser of ours that sees
// the network.
func FuzzChunkReader(f *testing.F) {
	f.Add([]byte("3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"), false)
	f.Add([]byte("3;chunk-signature=00\r\nabc\r\n0;chunk-signature=00\r\n\r\n"), true)
	f.Add([]byte("ffffffffffffffff\r\n"), false)
	f.Add([]byte("-1\r\n"), false)
	f.Fuzz(func(t *testing.T, body []byte, signed bool) {
		var signer *chunkSigner
		if signed {
			signer = &chunkSigner{key: []byte("key")}
		}
		c := newChunkReader(bytes.NewReader(body), signer)
		n, err := io.Copy(io.Discard, c)
		if n > int64(len(body)) {
			t.Errorf("%d bytes out of %d", n, len(body))
		}
		if err == nil && signed {
			t.Error("a body without a valid signature was accepted")
		}
	})
}
