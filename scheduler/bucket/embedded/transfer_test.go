package embedded

import (
	"crypto/md5"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestTransferManager moves an object in parts both ways, as the product does.
func TestTransferManager(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	body := randomBody(17 << 20)
	manager := transfermanager.New(s.client)
	_, err := manager.UploadObject(t.Context(), &transfermanager.UploadObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("big.csv"), Body: strings.NewReader(body), ContentType: aws.String("text/csv"),
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := manager.GetObject(t.Context(), &transfermanager.GetObjectInput{Bucket: aws.String(testBucket), Key: aws.String("big.csv")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(out.Body)
	if err != nil || string(got) != body {
		t.Errorf("content differs: %v", err)
	}
	head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String("big.csv"), PartNumber: aws.Int32(3)})
	if err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum([]byte(body))
	if *head.ETag != `"`+hex.EncodeToString(sum[:])+`"` || *head.PartsCount != 3 || *head.ContentLength != 1<<20 || *head.ContentType != "text/csv" {
		t.Errorf("got %s, %d parts, the last of %d bytes, %s", *head.ETag, *head.PartsCount, *head.ContentLength, *head.ContentType)
	}
	if got := len(s.files(t)); got != 1 {
		t.Errorf("%d files for one object", got)
	}
}
