package embedded

import (
	"context"
	"hash"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/rclone/gofakes3"
)

// minPart is the smallest size of all parts but the last.
const minPart = 5 << 20

// uploads are the multipart uploads in progress. They end with the process:
// their parts lie among the temporary files and are not synced.
type uploads struct {
	mu   sync.Mutex
	byID map[string]*upload
}

// upload is one multipart upload.
type upload struct {
	disk      *disk
	id        string
	bucket    string
	key       string
	meta      map[string]string
	initiated time.Time
	initiation

	mu     sync.Mutex
	used   time.Time // when it began, or its last part came
	parts  map[int]part
	closed bool
	made   *record // the object that was made of it; nil before
}

// checksum returns the checksum of the object that the parts make; nil when
// the upload has no algorithm.
func (u *upload) checksum(parts []part, full hash.Hash) (*checksum, error) {
	switch {
	case u.algorithm == "":
		return nil, nil
	case full != nil:
		return &checksum{Algorithm: u.algorithm, Value: encode(full), Type: fullObject}, nil
	}
	sums := make([]checksum, len(parts))
	for i, p := range parts {
		sums[i] = p.sum
	}
	value, err := compose(u.algorithm, sums)
	return &checksum{Algorithm: u.algorithm, Value: value, Type: composite}, err
}

// choose returns the parts that a completion names.
func (u *upload) choose(asked *completion) ([]part, error) {
	var chosen []part
	for i, want := range asked.parts {
		if i > 0 && want.number <= asked.parts[i-1].number {
			return nil, fail(http.StatusBadRequest, gofakes3.ErrInvalidPartOrder, "The list of parts was not in ascending order.")
		}
		have, ok := u.parts[want.number]
		if !ok || !want.describes(have) {
			return nil, fail(http.StatusBadRequest, gofakes3.ErrInvalidPart, "Part %d could not be found, or its ETag or checksum is another.", want.number)
		}
		chosen = append(chosen, have)
	}
	for i, have := range chosen[:len(chosen)-1] {
		if have.size < minPart {
			return nil, fail(http.StatusBadRequest, "EntityTooSmall", "Part %d is smaller than the minimum allowed size.", asked.parts[i].number)
		}
	}
	return chosen, nil
}

// addPart takes a part into the upload, in place of an earlier one.
func (u *upload) addPart(number int, p part) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		u.disk.discard(p.path)
		return errNoSuchUpload()
	}
	if old, ok := u.parts[number]; ok {
		u.disk.discard(old.path)
	}
	u.parts[number], u.used = p, p.modified
	return nil
}

func (u *upload) abort() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.close()
}

// close removes the parts; u.mu is held.
func (u *upload) close() {
	u.closed = true
	for _, p := range u.parts {
		u.disk.discard(p.path)
	}
	u.parts = nil
}

func (s *uploads) add(u *upload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*upload{}
	}
	s.byID[u.id] = u
}

func (s *uploads) find(bucketName, key, id string) (*upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.byID[id]
	if u == nil || u.bucket != bucketName || u.key != key {
		return nil, errNoSuchUpload()
	}
	return u, nil
}

func (s *uploads) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// of returns the uploads of a bucket.
func (s *uploads) of(bucketName string) []*upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*upload
	for _, u := range s.byID {
		if u.bucket == bucketName {
			found = append(found, u)
		}
	}
	return found
}

// uploadLife is how long an upload may be idle before its parts are removed.
const uploadLife = 24 * time.Hour

// sweep removes the uploads that have been idle for too long.
func (b *backend) sweep() {
	b.uploads.mu.Lock()
	all := slices.Collect(maps.Values(b.uploads.byID))
	b.uploads.mu.Unlock()
	for _, u := range all {
		u.mu.Lock()
		idle := b.now().Sub(u.used) > uploadLife
		u.mu.Unlock()
		if idle {
			b.dropUpload(u)
		}
	}
}

// sweepUntil sweeps every hour.
func (b *backend) sweepUntil(ctx context.Context) {
	hour := time.NewTicker(time.Hour)
	defer hour.Stop()
	for {
		select {
		case <-hour.C:
			b.sweep()
		case <-ctx.Done():
			return
		}
	}
}

// dropUpload removes an upload that nobody has completed or aborted.
func (b *backend) dropUpload(u *upload) {
	u.abort()
	b.uploads.forget(u.id)
	_ = b.forget(context.Background(), u.bucket, u.key, gofakes3.UploadID(u.id)) // another request may have ended it
}
