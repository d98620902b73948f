package bucket

import (
	"crypto/rand"
	"strings"
)

// prefixOfOwn is how AWS License Manager names the buckets that it creates.
const prefixOfOwn = "aws-license-manager-service-"

// randomLength is how many random characters a name has: 5 bits each, too many
// to guess, few enough to read in a table.
const randomLength = 12

// NewName is a fresh name for a bucket of our own, which nobody can guess.
func NewName() string {
	return prefixOfOwn + strings.ToLower(rand.Text()[:randomLength])
}

// ValidName tells whether AWS would take the name for a bucket: 3 to 63 lower
// case letters, digits, periods and hyphens, a letter or digit at both ends, no
// two periods in a row, not an IP address, nothing reserved.
func ValidName(name string) bool {
	if len(name) < 3 || len(name) > 63 || strings.Contains(name, "..") {
		return false
	}
	if !alphanumeric(name[0]) || !alphanumeric(name[len(name)-1]) {
		return false
	}
	for i := range len(name) {
		if !alphanumeric(name[i]) && name[i] != '.' && name[i] != '-' {
			return false
		}
	}
	return !reserved(name) && !address(name)
}

func alphanumeric(b byte) bool { return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' }

// reserved tells whether AWS keeps the name for itself; see its "General purpose
// bucket naming rules". Buckets that end in -an are the account's own.
func reserved(name string) bool {
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// address tells whether the name has the form of an IP address, whatever the size
// of its numbers.
func address(name string) bool {
	return strings.Count(name, ".") == 3 && strings.Trim(name, "0123456789.") == ""
}
