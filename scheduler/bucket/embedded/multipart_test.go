package embedded

import (
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestTransferManager(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	body := make([]byte, 17<<20)
	rand.Read(body)
	manager := transfermanager.New(s.client)
	_, err := manager.UploadObject(t.Context(), &transfermanager.UploadObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("big.csv"), Body: bytes.NewReader(body),
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := manager.GetObject(t.Context(), &transfermanager.GetObjectInput{Bucket: aws.String(testBucket), Key: aws.String("big.csv")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, body) {
		t.Error("content differs")
	}
	head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String("big.csv")})
	if err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum(body)
	if want := `"` + hex.EncodeToString(sum[:]) + `"`; *head.ETag != want {
		t.Errorf("ETag %s, want %s", *head.ETag, want)
	}
}
