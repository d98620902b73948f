package embedded

import (
	"bufio"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keyPair belongs to the server's only account.
type keyPair struct {
	accessKeyID     string
	secretAccessKey string
}

// secret returns the secret of an access key ID, in the form that the
// signature check asks for it.
func (c keyPair) secret(accessKeyID string) (string, bool) {
	return c.secretAccessKey, accessKeyID == c.accessKeyID
}

// loadCredentials reads the [default] profile of an AWS shared credentials
// file, or writes one with new random keys when there is no file.
func loadCredentials(path string) (keyPair, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		c := newKeyPair()
		return c, c.save(path)
	}
	if err != nil {
		return keyPair{}, err
	}
	defer f.Close()
	return parseCredentials(f)
}

func newKeyPair() keyPair {
	// 20 and 40 characters, as AWS keys have; the prefix tells them apart.
	id, secret := make([]byte, 10), make([]byte, 30)
	rand.Read(id)
	rand.Read(secret)
	return keyPair{
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

func parseCredentials(f *os.File) (keyPair, error) {
	var c keyPair
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
		return c, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if c.accessKeyID == "" || c.secretAccessKey == "" {
		return c, fmt.Errorf("%s: the profile [default] needs aws_access_key_id and aws_secret_access_key", f.Name())
	}
	return c, nil
}
