package embedded

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
)

// An object is one file: its content, then its record as JSON, then a footer
// of fixed size (length of the record, CRC-32 of the record, magic). One
// rename therefore replaces content and metadata together.
const (
	footerMagic = "LMS3OBJ1"
	footerSize  = 4 + 4 + len(footerMagic)
	// tailSize is read first when a record is looked for; nearly all fit.
	tailSize = 1 << 10
)

// errDamaged is a file that is not a whole object.
var errDamaged = errors.New("damaged object file")

// record is what is kept about an object beside its content.
type record struct {
	Key      string            `json:"key"`
	Size     int64             `json:"size"`
	MD5      []byte            `json:"md5"`
	Sums     sums              `json:"sums"`               // of the blocks of the content
	Modified int64             `json:"modified"`           // milliseconds since 1970, UTC
	Meta     map[string]string `json:"meta,omitempty"`     // headers to return
	Checksum *checksum         `json:"checksum,omitempty"` // as the client sent and we verified
	Parts    []int64           `json:"parts,omitempty"`    // sizes, when uploaded in parts
}

// etag is the ETag without its quotes: the MD5 of the content, also when it
// was uploaded in parts.
func (r record) etag() string { return hex.EncodeToString(r.MD5) }

func (r record) entry() entry {
	e := entry{key: r.Key, size: r.Size, modified: r.Modified}
	copy(e.md5[:], r.MD5)
	return e
}

// appendFooter returns the record as it ends an object file.
func (r record) appendFooter() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	sum := crc32.ChecksumIEEE(b)
	b = binary.BigEndian.AppendUint32(b, uint32(len(b)))
	b = binary.BigEndian.AppendUint32(b, sum)
	return append(b, footerMagic...), nil
}

// readRecord reads the record at the end of an object file.
func readRecord(f *os.File) (record, error) {
	info, err := f.Stat()
	if err != nil {
		return record{}, err
	}
	tail := make([]byte, min(info.Size(), tailSize))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return record{}, err
	}
	if len(tail) < footerSize || !bytes.HasSuffix(tail, []byte(footerMagic)) {
		return record{}, fmt.Errorf("%w: %s: no footer", errDamaged, f.Name())
	}
	footer := tail[len(tail)-footerSize:]
	length := int64(binary.BigEndian.Uint32(footer))
	if length > info.Size()-int64(footerSize) {
		return record{}, fmt.Errorf("%w: %s: bad footer", errDamaged, f.Name())
	}
	var text []byte
	if start := len(tail) - footerSize - int(length); start >= 0 {
		text = tail[start : start+int(length)]
	} else {
		text = make([]byte, length)
		if _, err := f.ReadAt(text, info.Size()-int64(footerSize)-length); err != nil {
			return record{}, err
		}
	}
	var r record
	if crc32.ChecksumIEEE(text) != binary.BigEndian.Uint32(footer[4:]) || json.Unmarshal(text, &r) != nil {
		return record{}, fmt.Errorf("%w: %s: bad record", errDamaged, f.Name())
	}
	if r.Size != info.Size()-int64(footerSize)-length || len(r.MD5) != 16 || len(r.Sums) != sumSize*int((r.Size+contentBlock-1)/contentBlock) {
		return record{}, fmt.Errorf("%w: %s: wrong size", errDamaged, f.Name())
	}
	return r, nil
}

// place is where an object lies within its bucket's directory: named by the
// hash of its key, so that no key can reach outside or collide with a name
// that the file system treats in its own way.
type place struct {
	shard byte
	path  string
}

func locate(key string) place {
	sum := sha256.Sum256([]byte(key))
	return place{
		shard: sum[0],
		path:  filepath.Join(shardName(sum[0]), hex.EncodeToString(sum[1:])),
	}
}

func shardName(shard byte) string { return hex.EncodeToString([]byte{shard}) }
