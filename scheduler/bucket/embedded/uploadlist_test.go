package embedded

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

func TestListUploads(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	if got := s.uploads(t, "", 0); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	var want []string
	for n := range 7 {
		key := fmt.Sprintf("Reports/%d/a <b>.csv", n/2)
		m := s.begin(t, key)
		want = append(want, key+" "+*m.id)
	}
	for _, limit := range []int32{1, 2, 3, 1000} {
		got := s.uploads(t, "", limit)
		if diff := cmp.Diff(len(want), len(got)); diff != "" {
			t.Errorf("in pages of %d: %s", limit, diff)
		}
	}
	if diff := cmp.Diff([]string{"Reports/0/", "Reports/1/", "Reports/2/", "Reports/3/"}, s.uploads(t, "/", 2)); diff != "" {
		t.Error(diff)
	}
}

// uploads lists the uploads in progress below Reports/ page by page.
func (s *testServer) uploads(t testing.TB, delimiter string, limit int32) []string {
	t.Helper()
	in := &s3.ListMultipartUploadsInput{Bucket: aws.String(testBucket), Delimiter: &delimiter, Prefix: aws.String("Reports/")}
	if limit > 0 {
		in.MaxUploads = &limit
	}
	var found []string
	for {
		out, err := s.client.ListMultipartUploads(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range out.Uploads {
			found = append(found, *u.Key+" "+*u.UploadId)
		}
		for _, p := range out.CommonPrefixes {
			found = append(found, *p.Prefix)
		}
		if !*out.IsTruncated {
			return found
		}
		in.KeyMarker, in.UploadIdMarker = out.NextKeyMarker, out.NextUploadIdMarker
	}
}

func TestListParts(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key", withSum("CRC32", composite))
	for _, number := range []int32{3, 1, 10_000, 7} {
		m.add(t, number, fmt.Sprint("part ", number), "CRC32")
	}
	var got []string
	pages := s3.NewListPartsPaginator(s.client, &s3.ListPartsInput{Bucket: aws.String(testBucket), Key: &m.key, UploadId: m.id, MaxParts: aws.Int32(2)})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.Parts {
			if want := sumOf("crc32", fmt.Sprint("part ", *p.PartNumber)); *p.ChecksumCRC32 != want {
				t.Errorf("part %d: %s, want %s", *p.PartNumber, *p.ChecksumCRC32, want)
			}
			got = append(got, fmt.Sprint(*p.PartNumber, " ", *p.Size))
		}
	}
	if diff := cmp.Diff([]string{"1 6", "3 6", "7 6", "10000 10"}, got); diff != "" {
		t.Error(diff)
	}
	_, err := s.client.ListParts(t.Context(), &s3.ListPartsInput{Bucket: aws.String(testBucket), Key: &m.key, UploadId: m.id, PartNumberMarker: aws.String("99999")})
	if err != nil {
		t.Error(err)
	}
	_, err = s.client.ListParts(t.Context(), &s3.ListPartsInput{Bucket: aws.String(testBucket), Key: &m.key, UploadId: aws.String("unknown")})
	wantCode(t, err, "NoSuchUpload")
}
