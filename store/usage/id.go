package usage

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Prefixes of the identifiers of licenses and usage reports, as in AWS.
const (
	licenseIDPrefix = "lic-"
	reportIDPrefix  = "r-"
)

// NewLicenseID returns a random license id: "lic-" and 32 hexadecimal digits.
func NewLicenseID() string { return licenseIDPrefix + randomHex(16) }

// NewReportID returns a random usage report id: "r-" and 32 hexadecimal digits.
func NewReportID() string { return reportIDPrefix + randomHex(16) }

// NewRunIDs returns n run ids for runs made at a moment: 16 hexadecimal digits,
// the first 8 the seconds since 1970, the others counted from a random number.
// Rows that are made together lie together then, on fewer pages of the database
// than with ids that lie anywhere.
func NewRunIDs(at time.Time, n int) []string {
	first := uint64(at.Unix())<<32 | uint64(rand32()) //nolint:gosec // after 1970
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%016x", first+uint64(i)) //nolint:gosec // not negative
	}
	return ids
}

// NewRunID is NewRunIDs for one.
func NewRunID(at time.Time) string { return NewRunIDs(at, 1)[0] }

// NewToken returns 32 random hexadecimal digits, for whatever must not be
// guessed or made twice: setup links, form tokens, pending imports.
func NewToken() string { return randomHex(16) }

// IsLicenseID reports whether s has the form of a license id.
func IsLicenseID(s string) bool { return isPrefixedHex(s, licenseIDPrefix, 32) }

// IsReportID reports whether s has the form of a usage report id.
func IsReportID(s string) bool { return isPrefixedHex(s, reportIDPrefix, 32) }

// IsRunID reports whether s has the form of a run id.
func IsRunID(s string) bool { return isPrefixedHex(s, "", 16) }

// IsToken reports whether s has the form of a token.
func IsToken(s string) bool { return isPrefixedHex(s, "", 32) }

// IDIn returns the id that somebody looks for: the text, or what it ends in if
// it is an ARN. Ids are written in lower case.
func IDIn(text string) string {
	text = strings.ToLower(text)
	if strings.HasPrefix(text, "arn:") {
		return text[strings.LastIndexByte(text, ':')+1:]
	}
	return text
}

// idBeginning is how many digits make the beginning of an id. Fewer are part of
// too many words.
const idBeginning = 4

// BeginsLicenseID reports whether s may be the beginning of a license id.
func BeginsLicenseID(s string) bool { return beginsPrefixedHex(s, licenseIDPrefix) }

// BeginsReportID reports whether s may be the beginning of a usage report id.
func BeginsReportID(s string) bool { return beginsPrefixedHex(s, reportIDPrefix) }

func beginsPrefixedHex(s, prefix string) bool {
	digits := len(s) - len(prefix)
	return digits >= idBeginning && digits <= 32 && isPrefixedHex(s, prefix, digits)
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails since Go 1.24
	return hex.EncodeToString(b)
}

func rand32() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint32(b[:])
}

func isPrefixedHex(s, prefix string, digits int) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != digits {
		return false
	}
	for _, c := range []byte(rest) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
