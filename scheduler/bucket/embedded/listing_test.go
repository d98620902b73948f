package embedded

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

// listInput is what a test asks ListObjectsV2 for.
type listInput struct {
	prefix, delimiter, startAfter string
	max                           int32
}

// list returns all keys, and common prefixes marked by "PRE ", page by page.
func (s *testServer) list(t testing.TB, in listInput) []string {
	t.Helper()
	input := &s3.ListObjectsV2Input{Bucket: aws.String(testBucket)}
	if in.prefix != "" {
		input.Prefix = &in.prefix
	}
	if in.delimiter != "" {
		input.Delimiter = &in.delimiter
	}
	if in.startAfter != "" {
		input.StartAfter = &in.startAfter
	}
	if in.max > 0 {
		input.MaxKeys = &in.max
	}
	var found []string
	for pages := s3.NewListObjectsV2Paginator(s.client, input); pages.HasMorePages(); {
		out, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out.Contents {
			found = append(found, *o.Key)
		}
		for _, p := range out.CommonPrefixes {
			found = append(found, "PRE "+*p.Prefix)
		}
	}
	return found
}

// fill stores objects without syncing them, which paging has no use for.
func (s *testServer) fill(t testing.TB, keys []string) {
	t.Helper()
	s.backend.disk.sync = func(*os.File) error { return nil }
	for _, key := range keys {
		storeObject(t, s.backend, key, "")
	}
}

func TestListFiveThousandKeys(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	var keys, days []string
	for day := range 50 {
		days = append(days, fmt.Sprintf("PRE Reports/daily/%02d/", day))
		for n := range 100 {
			keys = append(keys, fmt.Sprintf("Reports/daily/%02d/%03d.csv", day, n))
		}
	}
	s.fill(t, keys)
	for name, c := range map[string]struct {
		in   listInput
		want []string
	}{
		"all":                    {listInput{}, keys},
		"small pages":            {listInput{max: 7, prefix: "Reports/daily/4"}, keys[4000:]},
		"one day":                {listInput{prefix: "Reports/daily/07/", delimiter: "/"}, keys[700:800]},
		"days":                   {listInput{prefix: "Reports/daily/", delimiter: "/"}, days},
		"days, paged":            {listInput{prefix: "Reports/daily/", delimiter: "/", max: 3}, days},
		"top":                    {listInput{delimiter: "/"}, []string{"PRE Reports/"}},
		"other delimiter":        {listInput{prefix: "Reports/", delimiter: "y/"}, []string{"PRE Reports/daily/"}},
		"start after":            {listInput{startAfter: "Reports/daily/48/099.csv"}, keys[4900:]},
		"start in a folder":      {listInput{prefix: "Reports/daily/", delimiter: "/", startAfter: "Reports/daily/48/050.csv"}, days[48:]},
		"start after a folder":   {listInput{prefix: "Reports/daily/", delimiter: "/", startAfter: "Reports/daily/48/"}, days[49:]},
		"start before a key":     {listInput{startAfter: "Reports/daily/49/098.csu"}, keys[4998+0:]},
		"prefix of nothing":      {listInput{prefix: "Reportz"}, nil},
		"prefix is a whole key":  {listInput{prefix: keys[42]}, keys[42:43]},
		"prefix behind the last": {listInput{prefix: "zzz"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, s.list(t, c.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
	t.Run("version 1", func(t *testing.T) {
		if diff := cmp.Diff(keys, s.listV1(t, "")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("version 1 with delimiter", func(t *testing.T) {
		if diff := cmp.Diff([]string{"Reports/"}, s.listV1(t, "/")); diff != "" {
			t.Error(diff)
		}
	})
}

// listV1 pages as clients of ListObjects do: by the next marker, or else by
// the last key.
func (s *testServer) listV1(t testing.TB, delimiter string) []string {
	t.Helper()
	input := &s3.ListObjectsInput{Bucket: aws.String(testBucket), Delimiter: &delimiter, MaxKeys: aws.Int32(999)}
	var found []string
	for {
		out, err := s.client.ListObjects(t.Context(), input)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out.Contents {
			found = append(found, *o.Key)
		}
		for _, p := range out.CommonPrefixes {
			found = append(found, *p.Prefix)
		}
		if !aws.ToBool(out.IsTruncated) {
			return found
		}
		if input.Marker = out.NextMarker; input.Marker == nil {
			input.Marker = &found[len(found)-1]
		}
	}
}

func TestListShowsObjects(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "a.csv", "hello")
	out, err := s.client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(testBucket)})
	if err != nil {
		t.Fatal(err)
	}
	head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: aws.String("a.csv")})
	if err != nil {
		t.Fatal(err)
	}
	o := out.Contents[0]
	if *o.Size != 5 || *o.ETag != *head.ETag || *o.ETag != `"5d41402abc4b2a76b9719d911017c592"` || o.LastModified.Unix() != head.LastModified.Unix() {
		t.Errorf("got %d %s %v, head says %s %v", *o.Size, *o.ETag, o.LastModified, *head.ETag, head.LastModified)
	}
}

// TestIndexAgainstModel compares the index with a sorted slice under random
// changes and listings.
func TestIndexAgainstModel(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	key := func() string {
		return strings.Join([]string{string(rune('a' + random.IntN(3))), fmt.Sprint(random.IntN(40)), fmt.Sprint(random.IntN(40))}, "/")
	}
	var x index
	model := map[string]int64{}
	for n := range int64(20_000) {
		k := key()
		if random.IntN(3) == 0 {
			x.remove(k)
			delete(model, k)
		} else {
			x.put(entry{key: k, size: n})
			model[k] = n
		}
		if n%100 == 0 {
			l := listing{prefix: key()[:random.IntN(4)], limit: 1 + random.IntN(20)}
			if random.IntN(2) == 0 {
				l.delimiter = "/"
			}
			if diff := cmp.Diff(listModel(model, l), listIndex(&x, l)); diff != "" {
				t.Fatalf("%+v: %s", l, diff)
			}
		}
	}
	for k := range model {
		x.remove(k)
	}
	if len(x.blocks) != 0 {
		t.Errorf("%d blocks are left", len(x.blocks))
	}
}

// listIndex lists all pages.
func listIndex(x *index, l listing) []string {
	var found []string
	for {
		p := x.list(l)
		for _, e := range p.entries {
			found = append(found, fmt.Sprint(e.key, "=", e.size))
		}
		found = append(found, p.prefixes...)
		if p.last == "" {
			slices.Sort(found)
			return found
		}
		l.after = p.last
	}
}

// listModel lists by looking at everything.
func listModel(model map[string]int64, l listing) []string {
	var found []string
	for k, size := range model {
		if !strings.HasPrefix(k, l.prefix) {
			continue
		}
		if group, ok := l.group(k); ok {
			found = append(found, group)
			continue
		}
		found = append(found, fmt.Sprint(k, "=", size))
	}
	slices.Sort(found)
	return slices.Compact(found)
}
