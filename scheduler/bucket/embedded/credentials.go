package embedded

import (
	"bufio"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// access is what the owner of a key pair may do.
type access int

const (
	readsAll      access = iota // lists and reads
	writesOutside               // also writes and deletes objects, but for those of the console
	writesAll
)

// keyPair is one that the server accepts.
type keyPair struct {
	name            string // for the log: the file that it is in
	access          access
	accessKeyID     string
	secretAccessKey string
}

// consolePrefixes are where only the console writes.
func consolePrefixes() []string { return []string{"Reports/", "Evidence/"} }

// mayWrite says whether the owner may write or delete an object.
func (c keyPair) mayWrite(key string) bool {
	isConsole := slices.ContainsFunc(consolePrefixes(), func(prefix string) bool { return strings.HasPrefix(key, prefix) })
	return c.access == writesAll || c.access == writesOutside && !isConsole
}

// denied is the refusal of a write.
func (c keyPair) denied() *failure {
	if c.access == readsAll {
		return fail(http.StatusForbidden, "AccessDenied", "These keys may only read. Keys that may also write are in the file s3-credentials-write.")
	}
	return fail(http.StatusForbidden, "AccessDenied", "These keys may write and delete objects, but no buckets and nothing under Reports/ or Evidence/: only License Manager writes there.")
}

// authorize refuses a request that its keys do not allow. Which objects a
// deletion of several is about is in its body; DeleteMulti judges each.
func (c keyPair) authorize(r *http.Request) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead || c.access == writesAll {
		return nil
	}
	_, key := bucketAndKey(r)
	if c.access == writesOutside && (key != "" && c.mayWrite(key) || r.Method == http.MethodPost && r.URL.Query().Has("delete")) {
		return nil
	}
	return c.denied()
}

// loadCredentials reads the [default] profile of an AWS shared credentials
// file, or writes one with new random keys when there is no file.
func loadCredentials(path string, may access) (keyPair, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		c := newKeyPair(filepath.Base(path), may)
		return c, c.save(path)
	}
	if err != nil {
		return keyPair{}, err
	}
	defer f.Close()
	c := keyPair{name: filepath.Base(path), access: may}
	return c, c.parse(f)
}

func newKeyPair(name string, may access) keyPair {
	// 20 and 40 characters, as AWS keys have; the prefix tells them apart.
	id, secret := make([]byte, 10), make([]byte, 30)
	rand.Read(id)
	rand.Read(secret)
	return keyPair{
		name: name, access: may,
		accessKeyID:     "LMS3" + base32.StdEncoding.EncodeToString(id),
		secretAccessKey: base64.RawURLEncoding.EncodeToString(secret),
	}
}

// save writes the file as a whole, readable by its owner only.
func (c keyPair) save(path string) error {
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", c.accessKeyID, c.secretAccessKey)
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".s3-credentials-*") // CreateTemp makes it 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(dir)
}

func (c *keyPair) parse(f *os.File) error {
	profile := ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			profile = strings.Trim(line, "[] \t")
		}
		name, value, _ := strings.Cut(line, "=")
		if profile != "default" {
			continue
		}
		switch strings.TrimSpace(name) {
		case "aws_access_key_id":
			c.accessKeyID = strings.TrimSpace(value)
		case "aws_secret_access_key":
			c.secretAccessKey = strings.TrimSpace(value)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	if c.accessKeyID == "" || c.secretAccessKey == "" {
		return fmt.Errorf("%s: the profile [default] needs aws_access_key_id and aws_secret_access_key", f.Name())
	}
	return nil
}
