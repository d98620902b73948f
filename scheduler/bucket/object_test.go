package bucket

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hostileKeys have broken clients: in the path, in the signature, in XML.
func hostileKeys() []string {
	return []string{
		"plain.csv",
		"with space/and  two.csv",
		"plus+plus/a+b.csv",
		"percent%20/%2F/%.csv",
		`quotes"'` + "`" + `.csv`,
		"amp&lt;<>;=?#/q?x=1&y=2#z.csv",
		"back\\slash/ünï/日本語/😀.csv",
		"cafe\u0301/caf\u00e9.csv",
		"colon:at@comma,dollar$star*(paren)[x]{y}|~^!.csv",
		"Reports/Ωmega – 2026/2026/11/24/20261124T000000Z-summary-0123456789abcdef.csv",
		"..dots/.hidden/a..b.csv",
		"trailing.",
		strings.Repeat("long/", 180) + "key.csv",
	}
}

func TestHostileKeys(t *testing.T) {
	t.Parallel()
	keys := hostileKeys()
	c := open(t, openS3(t))
	for _, key := range keys {
		if _, err := c.Put(t.Context(), "reports", key, strings.NewReader(key), PutOptions{}); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range keys {
		body, o, err := c.Get(t.Context(), "reports", key)
		if err != nil {
			t.Errorf("%q: %v", key, err)
			continue
		}
		got, err := io.ReadAll(body)
		if err != nil || string(got) != key || o.Key != key {
			t.Errorf("%q: read %q of %+v, %v", key, got, o, err)
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
		if h, err := c.Head(t.Context(), "reports", key); err != nil || h.Size != int64(len(key)) {
			t.Errorf("%q: head %+v, %v", key, h, err)
		}
	}
	want := slices.Sorted(slices.Values(keys))
	if diff := cmp.Diff(want, walk(t, c, "")); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	for _, key := range keys {
		if err := c.Delete(t.Context(), "reports", key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	emptyHanded(t, c)
}

// walk lists all keys under a prefix, folder by folder, two at a time.
func walk(t *testing.T, c *Client, prefix string) (keys []string) {
	t.Helper()
	for after := ""; ; {
		l, err := c.List(t.Context(), "reports", prefix, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range l.Files {
			keys = append(keys, f.Key)
		}
		for _, folder := range l.Folders {
			keys = append(keys, walk(t, c, folder)...)
		}
		if after = l.Next; after == "" {
			slices.Sort(keys)
			return keys
		}
	}
}

func TestListShowsOneLevel(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	for _, key := range []string{"Reports/", "Reports/a/1.csv", "Reports/a/2.csv", "Reports/b c/x/3.csv", "Reports/notes.txt", "Reports/z.txt", "other.txt"} {
		if _, err := c.Put(t.Context(), "reports", key, strings.NewReader(key), PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{
		"":             {"Reports/", "other.txt 9"},
		"Reports/":     {"Reports/a/", "Reports/b c/", "Reports/notes.txt 17", "Reports/z.txt 13"},
		"Reports/b c/": {"Reports/b c/x/"},
		"Reports/a/":   {"Reports/a/1.csv 15", "Reports/a/2.csv 15"},
		"Nothing/":     nil,
	} {
		l, err := c.List(t.Context(), "reports", prefix, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		got := l.Folders
		for _, f := range l.Files {
			got = append(got, fmt.Sprintf("%s %d", f.Key, f.Size))
			if f.ModifiedAt.IsZero() || f.ETag == "" || f.Bucket != "reports" {
				t.Errorf("%+v", f)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || l.Next != "" {
			t.Errorf("%q, next %q (-want +got):\n%s", prefix, l.Next, diff)
		}
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	for i := range 7 {
		if _, err := c.Put(t.Context(), "reports", fmt.Sprintf("f/%d.csv", i), strings.NewReader(""), PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []int
	for after := ""; ; {
		l, err := c.List(t.Context(), "reports", "f/", after, 3)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(l.Files))
		if after = l.Next; after == "" {
			break
		}
	}
	if diff := cmp.Diff([]int{3, 3, 1}, sizes); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	for _, limit := range []int{-1, 0, 1 << 40} {
		if l, err := c.List(t.Context(), "reports", "f/", "", limit); err != nil || len(l.Files) == 0 {
			t.Errorf("limit %d: %d files, %v", limit, len(l.Files), err)
		}
	}
}

func TestKeysFromOne(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	all := []string{"f/a b/1.csv", "f/a/1.csv", "f/a/2.csv", "f/ä/3.csv"}
	for _, key := range append([]string{"e/0.csv", "g/0.csv"}, all...) {
		if _, err := c.Put(t.Context(), "reports", key, strings.NewReader("x"), PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for from := range all {
		keys, more, err := c.Keys(t.Context(), "reports", "f/", all[from])
		if err != nil || more || !slices.Equal(keys, all[from:]) {
			t.Errorf("from %s: %q, %v, %v", all[from], keys, more, err)
		}
	}
	if keys, _, err := c.Keys(t.Context(), "reports", "f/", ""); err != nil || !slices.Equal(keys, all) {
		t.Errorf("from the first: %q, %v", keys, err)
	}
}

func TestAnAbsentObject(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	for _, key := range []string{"none", strings.Repeat("k", 1025), "not\xffUTF-8", "a\x00b"} {
		_, _, err := c.Get(t.Context(), "reports", key)
		wantFailure(t, err, ErrNoObject, "The file is not in the bucket reports")
	}
	_, err := c.Head(t.Context(), "reports", "none")
	wantFailure(t, err, ErrNoObject, "The file is not in the bucket reports")
	if err := c.Delete(t.Context(), "reports", "none"); err != nil {
		t.Errorf("delete: %v", err)
	}
}

func TestAnAbsentBucket(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	const words = "The bucket no-such-bucket doesn’t exist"
	for name, ask := range requests(c, "no-such-bucket") {
		if name == "create" {
			continue
		}
		t.Run(name, func(t *testing.T) { wantFailure(t, ask(t), ErrNoBucket, words) })
	}
}

// requests are all ways to ask something of a bucket.
func requests(c *Client, bucket string) map[string]func(t *testing.T) error {
	return map[string]func(*testing.T) error{
		"put": func(t *testing.T) error {
			_, err := c.Put(t.Context(), bucket, "k", strings.NewReader("x"), PutOptions{})
			return err
		},
		"put parts": func(t *testing.T) error {
			_, err := c.Put(t.Context(), bucket, "k", stream(partSize+1), PutOptions{})
			return err
		},
		"get": func(t *testing.T) error {
			_, _, err := c.Get(t.Context(), bucket, "k")
			return err
		},
		"head": func(t *testing.T) error {
			_, err := c.Head(t.Context(), bucket, "k")
			return err
		},
		"list": func(t *testing.T) error {
			_, err := c.List(t.Context(), bucket, "", "", 10)
			return err
		},
		"delete": func(t *testing.T) error { return c.Delete(t.Context(), bucket, "k") },
		"test":   func(t *testing.T) error { return c.Test(t.Context(), bucket) },
		"check": func(t *testing.T) error {
			_, err := c.Check(t.Context(), bucket)
			return err
		},
		"create": func(t *testing.T) error {
			_, err := c.CreateBucket(t.Context(), bucket)
			return err
		},
	}
}

// wantFailure checks an error's kind, unless nil, and the words for its reason;
// TestFailuresNameTheirStep has those for the step.
func wantFailure(t *testing.T, err, kind error, words string) {
	t.Helper()
	if kind != nil && !errors.Is(err, kind) {
		t.Errorf("error %v, want %v", err, kind)
	}
	f := Explain(err)
	if f.Words != words+"." && !strings.HasPrefix(f.Words, words+". ") {
		t.Errorf("%v\nexplained as %q\nwant         %q", err, f.Words, words)
	}
}
