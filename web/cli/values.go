package cli

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
)

// address is where a server listens: host and port.
type address string

// check refuses what can't be listened at.
func (a address) check() error {
	_, port, err := net.SplitHostPort(string(a))
	if err != nil {
		return errors.New("want host and port, such as 127.0.0.1:8080")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return errors.New("want a port from 0 to 65535")
	}
	return nil
}

// accountID is an AWS account: 12 digits. Empty means none was given.
type accountID string

// check refuses everything else.
func (a accountID) check() error {
	if a != "" && !usage.IsAccountID(string(a)) {
		return errors.New("want 12 digits")
	}
	return nil
}

// region is the name of an AWS Region.
type region string

// check refuses what can't be the name of one.
func (r region) check() error {
	if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(string(r)) {
		return errors.New("want the name of a Region, such as us-east-1")
	}
	return nil
}

// workers is how many do something at once.
type workers int

// maxWorkers bounds memory and connections.
const maxWorkers = 256

// check refuses none and too many.
func (w workers) check() error {
	if w < 1 || w > maxWorkers {
		return fmt.Errorf("want 1 to %d", maxWorkers)
	}
	return nil
}

// s3 is where reports are published.
type s3 string

// The values of s3 beside the URL of a server.
const (
	s3Embedded s3 = "embedded"
	s3AWS      s3 = "aws"
)

// check refuses everything else. The value is not repeated: it may hold a
// password.
func (s s3) check() error {
	if s == s3Embedded || s == s3AWS {
		return nil
	}
	u, err := url.Parse(string(s))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("want embedded, aws, or a URL with http:// or https://")
	}
	if name := strings.Trim(u.Path, "/"); u.User == nil && bucket.ValidName(name) {
		return fmt.Errorf("%s is the URL of a bucket: give %s://%s, and choose the bucket %s on the page Settings", s, u.Scheme, u.Host, name)
	}
	return nil
}

// s3Style is where URLs of the S3 have the bucket, a bucket.Style.
type s3Style string

// check refuses other styles.
func (s s3Style) check() error {
	switch bucket.Style(s) {
	case bucket.AutoStyle, bucket.PathStyle, bucket.VirtualStyle:
		return nil
	}
	return errors.New("want path, virtual, or auto")
}

// database is the URL of a PostgreSQL database or the path of a SQLite file.
type database string

// check refuses other databases. The value is not repeated: it may hold a
// password.
func (d database) check() error {
	scheme, rest, ok := strings.Cut(string(d), "://")
	if !ok {
		return nil
	}
	if scheme != "postgres" && scheme != "postgresql" {
		return errors.New("want postgres://… or the path of a SQLite file")
	}
	if rest == "" {
		return errors.New("want the host and the name of the database")
	}
	return nil
}

// siteURL is the address of a site: scheme and host.
type siteURL struct{ url.URL }

// UnmarshalText reads the address.
func (s *siteURL) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errors.New("want a URL with http:// or https://")
	}
	if u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("want nothing but scheme, host and port")
	}
	s.URL = url.URL{Scheme: u.Scheme, Host: u.Host}
	return nil
}

// network is a network or a single address.
type network struct{ netip.Prefix }

// UnmarshalText reads 10.0.0.0/8 or 10.1.2.3.
func (n *network) UnmarshalText(text []byte) error {
	prefix, err := netip.ParsePrefix(string(text))
	if address, single := netip.ParseAddr(string(text)); single == nil {
		prefix, err = address.Prefix(address.BitLen())
	}
	if err != nil {
		return errors.New("want networks such as 10.0.0.0/8, or addresses")
	}
	n.Prefix = prefix.Masked()
	return nil
}

// zone is a time zone by its name in the IANA database.
type zone struct{ *time.Location }

// UnmarshalText reads a name such as Europe/Berlin.
func (z *zone) UnmarshalText(text []byte) error {
	zone, err := usage.LoadTimeZone(string(text))
	if err != nil {
		return errors.New("want the name of a time zone, such as Europe/Berlin")
	}
	z.Location = zone
	return nil
}
