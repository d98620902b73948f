package embedded

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// race starts 16 conditional writers of one key and returns who won.
func (s *testServer) race(t testing.TB, key string, condition func(*s3.PutObjectInput)) []string {
	t.Helper()
	var mu sync.Mutex
	var winners []string
	start := make(chan struct{})
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() {
			body := fmt.Sprintf("writer %d", n)
			in := &s3.PutObjectInput{Bucket: aws.String(testBucket), Key: &key, Body: strings.NewReader(body)}
			condition(in)
			<-start
			_, err := s.client.PutObject(t.Context(), in)
			var e smithy.APIError
			switch {
			case err == nil:
				mu.Lock()
				defer mu.Unlock()
				winners = append(winners, body)
			case !errors.As(err, &e) || e.ErrorCode() != "PreconditionFailed":
				t.Error(err)
			}
		})
	}
	close(start)
	wg.Wait()
	return winners
}

func TestConditionalRace(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for round := range 10 {
		key := fmt.Sprintf("key %d", round)
		winners := s.race(t, key, func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") })
		if len(winners) != 1 || s.get(t, key) != winners[0] {
			t.Fatalf("created by %q, content %q", winners, s.get(t, key))
		}
		s.put(t, key, "equal to no writer's content, whose ETag would match twice")
		head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		winners = s.race(t, key, func(in *s3.PutObjectInput) { in.IfMatch = head.ETag })
		if len(winners) != 1 || s.get(t, key) != winners[0] {
			t.Fatalf("replaced by %q, content %q", winners, s.get(t, key))
		}
	}
	if got := len(s.files(t)); got != 10 {
		t.Errorf("%d files for 10 objects", got)
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.do(t, raw{body: "x", header: map[string]string{"If-Match": `"5d41402abc4b2a76b9719d911017c592"`}}).want(t, 404, "NoSuchKey")
	s.wantNothing(t)
	s.put(t, "key", "hello")
	etag := `"5d41402abc4b2a76b9719d911017c592"`
	other := `"00000000000000000000000000000000"`
	for name, c := range map[string]struct {
		in     raw
		status int
	}{
		"read, matches":             {raw{method: "GET", header: map[string]string{"If-Match": etag}}, 200},
		"read, does not match":      {raw{method: "GET", header: map[string]string{"If-Match": other}}, 412},
		"read, not modified":        {raw{method: "GET", header: map[string]string{"If-None-Match": etag}}, 304},
		"read, modified":            {raw{method: "GET", header: map[string]string{"If-None-Match": other}}, 200},
		"read, not modified since":  {raw{method: "GET", header: map[string]string{"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}}, 304},
		"write, exists":             {raw{body: "x", header: map[string]string{"If-None-Match": "*"}}, 412},
		"write, does not match":     {raw{body: "x", header: map[string]string{"If-Match": other}}, 412},
		"delete, does not match":    {raw{method: http.MethodDelete, header: map[string]string{"If-Match": other}}, 412},
		"write, wrong hash as well": {raw{body: "x", payload: hexSHA256("y"), header: map[string]string{"If-None-Match": "*"}}, 412},
	} {
		t.Run(name, func(t *testing.T) {
			if got := s.do(t, c.in); got.status != c.status {
				t.Errorf("got %d %s", got.status, got.body)
			}
			if got := s.get(t, "key"); got != "hello" {
				t.Errorf("the object is now %q", got)
			}
		})
	}
	if got := s.do(t, raw{body: "new", header: map[string]string{"If-Match": etag}}); got.status != 200 || s.get(t, "key") != "new" {
		t.Errorf("got %d %s", got.status, got.body)
	}
}
