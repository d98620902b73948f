package handlers

import (
	"context"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/usage"
)

// Options are what the handlers stand on.
type Options struct {
	Store     *store.Store
	Inventory *inventory.Importer
	S3        *bucket.Client
	// EnsureBucket returns the bucket of the account. Where it has none, one is
	// created; created tells that this call did it. The name is not empty even
	// if err tells that S3 could not be reached.
	EnsureBucket func(ctx context.Context, act usage.Act) (name string, created bool, err error)
	// Nudge starts a job of the scheduler at once: "publish" after a change
	// that makes a report due, "judge" and "import" for an import.
	Nudge func(job string)
	// Alive tells when the scheduler last gave a sign of life.
	Alive func() time.Time
	// Free tells how many bytes the disk of the data directory has left; nil if
	// nobody asks.
	Free func() (int64, error)
	Now  func() time.Time
	// Zone is where readers are who have not chosen one; nil means UTC.
	Zone *time.Location
	// HTTPS tells that browsers reach the console by https, so that cookies
	// are sent by it only.
	HTTPS   bool
	Host    string // shown under the sign-in card; empty for that of the request
	Version string
}

// Console is what all handlers share. The handlers of a noun embed it:
//
//	type Reports struct{ *Console }
type Console struct {
	store     *store.Store
	inventory *inventory.Importer
	s3        *bucket.Client
	nudge     func(job string)
	sessions  *scs.SessionManager
	counts    counts
	zones     zones
	options   Options
}

// New prepares the handlers.
func New(o Options) *Console {
	sessions := scs.New()
	sessions.Store = o.Store.Sessions(o.Now)
	sessions.Lifetime = sessionLifetime
	sessions.Codec = sessionCodec{}
	return &Console{store: o.Store, inventory: o.Inventory, s3: o.S3, nudge: o.Nudge, sessions: sessions, options: o}
}

// now is the moment of the request, in UTC.
func (h *Console) now() time.Time { return h.options.Now().UTC() }

// bucketWait is how long a page waits for S3 where it needs the answer.
const bucketWait = 10 * time.Second

// folderURL is where the files under a prefix are shown: in the AWS console, or
// on our own page.
func (h *Console) folderURL(bucket, prefix string) string {
	if address, ok := h.s3.ConsoleURL(bucket, prefix); ok {
		return address
	}
	if prefix == "" {
		return "/s3"
	}
	return "/s3?prefix=" + url.QueryEscape(prefix)
}
