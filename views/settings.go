package views

import (
	"strings"
	"time"
)

// SlowS3 begins the reason of a test that S3 did not answer in time: it may well
// be writable.
const SlowS3 = "S3 is slow: "

// SettingsPage shows what the whole installation shares.
type SettingsPage struct {
	Page
	Bucket       BucketSettings
	CrossAccount bool
	Foreign      string // how many resources other accounts have: "1,284", "10,000+"
}

// BucketSettings are those of the S3 bucket.
type BucketSettings struct {
	Name       string // empty: there is none yet
	FolderURL  string // of its files
	Created    bool   // by License Manager, or to be; else an existing one was associated
	Planned    bool   // there is only its name so far
	Region     string
	Encryption string   // as S3 calls it: AES256, aws:kms, aws:kms:dsse
	Guards     []string // what became of the settings that guard a bucket of our own
	Problem    string   // why the bucket can't be reached now, in plain words; empty if it can
	CheckedAt  time.Time
	Failure    string // of the connection test at that time; empty if it passed
}

// connection is the state of the bucket as far as it is known.
func (b BucketSettings) connection() (Kind, string) {
	switch {
	case strings.HasPrefix(b.reason(), SlowS3):
		return KindWarning, "Slow"
	case b.reason() != "":
		return KindError, "Not writable"
	case b.CheckedAt.IsZero():
		return KindStopped, "Not tested"
	default:
		return KindSuccess, "Writable"
	}
}

// reason says what keeps the bucket from being written.
func (b BucketSettings) reason() string {
	if b.Problem != "" {
		return b.Problem
	}
	return b.Failure
}

// encryptionLabel is how people call the encryption.
func (b BucketSettings) encryptionLabel() string {
	switch b.Encryption {
	case "AES256":
		return "SSE-S3"
	case "aws:kms":
		return "SSE-KMS"
	case "aws:kms:dsse":
		return "DSSE-KMS"
	default:
		return OrMissing(b.Encryption)
	}
}

// origin says where the bucket comes from.
func (b BucketSettings) origin() string {
	switch {
	case b.Created && b.Planned:
		return "To be created by License Manager"
	case b.Created:
		return "Created by License Manager"
	}
	return "Associated by an administrator"
}

// BucketFormPage is the page on which an existing bucket is associated.
type BucketFormPage struct {
	Page
	Name    string // as typed
	Current string // the bucket that is associated now; empty for none
	Region  string
	Errors  FieldErrors
}

// CrossAccountPage is the page that turns cross-account inventory search on
// or off.
type CrossAccountPage struct {
	Page
	On      bool   // now
	Foreign string // how many resources other accounts have
	Bucket  string // empty: turning on makes one
}

func (p CrossAccountPage) action() string {
	if p.On {
		return "Turn off"
	}
	return "Turn on"
}

// onOff is a switch as a status.
func onOff(on bool) (Kind, string) {
	if on {
		return KindSuccess, "Turned on"
	}
	return KindStopped, "Turned off"
}
