// Package embedded is an S3 server that lives in this process and keeps its
// objects in a directory, so that the product runs with nothing else
// installed.
//
// The protocol comes from gofakes3. What this package adds is what a store of
// record needs: signatures are checked before anything else is looked at,
// every checksum a client sends is verified before an object becomes visible,
// and an object is written whole and synced to disk or not at all.
package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/rclone/gofakes3"
)

// ErrLocked says that another process serves the same directory.
var ErrLocked = errors.New("directory is in use by another process")

// Options says where a Server keeps its data and how it presents itself.
type Options struct {
	// Dir holds the objects. It is created when it does not exist and must
	// be one file system, since objects are renamed into place within it.
	Dir string
	// CredentialsFile holds keys that may only read, in the AWS shared
	// credentials format. The file of this name with -write after it holds
	// keys that may also write and delete objects outside Reports/ and
	// Evidence/. Each is created with random keys when it does not exist.
	CredentialsFile string
	// Region is what GetBucketLocation and HeadBucket report. Requests
	// signed for another region are accepted all the same, so that a client
	// without configuration works.
	Region string
	// Now is the clock for modification times; nil means time.Now.
	// Signatures are checked against the system's clock.
	Now func() time.Time
	// Logger receives what a client cannot be told: the cause of an internal
	// error, an unreadable object. Nil discards it. No secret is ever logged.
	Logger *slog.Logger
}

// Server is an S3 server on a directory. It is safe for concurrent use.
type Server struct {
	keys    []keyPair // the first is the console's own
	region  string
	log     *slog.Logger
	lock    *os.File
	backend *backend
	s3      http.Handler
	closed  atomic.Bool
}

// Open takes the directory, loads or creates the credentials and removes what
// unfinished uploads left behind. It returns ErrLocked when another process
// serves the directory. The listing index is rebuilt in the background: reads
// and writes work at once, listings wait for it.
func Open(o Options) (*Server, error) {
	o = o.withDefaults()
	if o.Dir == "" || o.CredentialsFile == "" {
		return nil, errors.New("embedded S3 server: a directory and a credentials file are needed")
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("embedded S3 server: %w", err)
	}
	lock, err := lockDir(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("embedded S3 server: %s: %w", o.Dir, err)
	}
	s, err := open(o, lock)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("embedded S3 server: %w", err), lock.Close())
	}
	return s, nil
}

// open builds the server once the directory belongs to this process.
func open(o Options, lock *os.File) (*Server, error) {
	reader, err := loadCredentials(o.CredentialsFile, readsAll)
	if err != nil {
		return nil, err
	}
	writer, err := loadCredentials(o.CredentialsFile+"-write", writesOutside)
	if err != nil {
		return nil, err
	}
	b, err := openBackend(o)
	if err != nil {
		return nil, err
	}
	protocol := gofakes3.New(b,
		gofakes3.WithTimeSource(clock(o.Now)),
		gofakes3.WithLogger(protocolLog{o.Logger}),
		gofakes3.WithMetadataSizeLimit(0), // checked as S3 counts it, see checkLimits
	)
	b.forget = protocol.ForgetMultipartUpload
	return &Server{
		keys:    []keyPair{newKeyPair("console", writesAll), reader, writer},
		region:  o.Region,
		log:     o.Logger,
		lock:    lock,
		backend: b,
		s3:      protocol.Server(),
	}, nil
}

// Credentials returns the key pair that may do everything. It is made anew by
// each Open and kept in memory only.
func (s *Server) Credentials() (accessKeyID, secretAccessKey string) {
	return s.keys[0].accessKeyID, s.keys[0].secretAccessKey
}

// Close gives the directory back. Requests still running fail; stop the HTTP
// server first.
func (s *Server) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.backend.close()
	return s.lock.Close()
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	return o
}

// clock makes a function a gofakes3.TimeSource.
type clock func() time.Time

func (c clock) Now() time.Time                  { return c() }
func (c clock) Since(t time.Time) time.Duration { return c().Sub(t) }

// protocolLog passes on only the errors of gofakes3: its other messages name
// URLs, and a presigned URL is a credential.
type protocolLog struct{ log *slog.Logger }

func (l protocolLog) Print(level gofakes3.LogLevel, v ...any) {
	if level == gofakes3.LogErr {
		l.log.Error("embedded S3 server: internal error", "error", fmt.Sprint(v...))
	}
}
