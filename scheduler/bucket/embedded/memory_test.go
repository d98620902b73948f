package embedded

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// TestMemoryIsConstant moves a big object in parts into a server and out again
// and looks at the largest size that the process had.
func TestMemoryIsConstant(t *testing.T) {
	t.Parallel()
	const parts, partSize, limit = 12, 8 << 20, 24 << 20
	c, err := startChild(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	c.createBucket(t, testBucket)
	c.put(t, "key", "content")
	before := c.peakMemory(t)
	m := c.begin(t, "big", withSum("CRC64NVME", fullObject))
	for number := range int32(parts) {
		m.parts = append(m.parts, c.streamPart(t, m, number+1, partSize))
	}
	if err := m.complete(t); err != nil {
		t.Fatal(err)
	}
	out, err := c.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(testBucket), Key: aws.String("big")})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	if n, err := io.Copy(io.Discard, out.Body); n != parts*partSize || err != nil {
		t.Errorf("read %d bytes: %v", n, err)
	}
	if grown := c.peakMemory(t) - before; grown > limit {
		t.Errorf("the server grew by %d KB", grown>>10)
	}
}

// streamPart sends zeros without holding them in memory here either.
func (c *child) streamPart(t testing.TB, m *multipart, number int32, size int64) types.CompletedPart {
	t.Helper()
	in := raw{path: fmt.Sprintf("/%s/%s?partNumber=%d&uploadId=%s", testBucket, m.key, number, *m.id), payload: unsignedPayload}
	r := c.request(t, in)
	c.sign(t, r, in)
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(zeros{}, size)), size
	got := c.send(t, r)
	if got.status != http.StatusOK {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	return types.CompletedPart{PartNumber: &number, ETag: aws.String(got.header.Get("ETag"))}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// peakMemory returns the largest resident size of the child so far, in bytes.
func (c *child) peakMemory(t testing.TB) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscanf(strings.TrimSpace(rest), "%d kB", &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
