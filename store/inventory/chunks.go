package inventory

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"slices"

	"gorm.io/gorm"
)

// chunkSize is how many bytes of records are stored in one row of the database,
// before they are compressed.
const chunkSize = 1 << 20

// The kinds of chunks.
const (
	rowChunks     = "rows"     // the rows of the file, in the order of resource IDs
	problemChunks = "problems" // rows that can't be imported, with the reasons
)

// chunk is a row of import_chunks: some records that follow each other.
type chunk struct {
	ImportID string
	Kind     string
	First    int64 // number of its first record, from 0
	Data     []byte
}

// TableName tells GORM the table.
func (chunk) TableName() string { return "import_chunks" }

// packer makes chunks of records.
type packer struct {
	chunk          // the one that is being filled, without data
	records int64  // in it
	plain   []byte // the records, each with its length
	zip     *flate.Writer
}

func newPacker(importID, kind string, first int64) *packer {
	return &packer{chunk: chunk{ImportID: importID, Kind: kind, First: first}}
}

// add takes a copy of a record and reports whether the chunk is full.
func (p *packer) add(record []byte) (full bool) {
	p.plain = append(binary.AppendUvarint(p.plain, uint64(len(record))), record...)
	p.records++
	return len(p.plain) >= chunkSize
}

// insert stores the records that were added, if any, and begins the next chunk.
func (p *packer) insert(tx *gorm.DB) error {
	if p.records == 0 {
		return nil
	}
	var small bytes.Buffer
	if p.zip == nil {
		p.zip, _ = flate.NewWriter(nil, flate.BestSpeed) // fails for an unknown level only
	}
	p.zip.Reset(&small)
	if _, err := p.zip.Write(p.plain); err != nil {
		return err
	}
	if err := p.zip.Close(); err != nil {
		return err
	}
	p.Data = small.Bytes()
	if err := tx.Create(&p.chunk).Error; err != nil {
		return err
	}
	p.First, p.records, p.plain = p.First+p.records, 0, p.plain[:0]
	return nil
}

// unpacker reads the records of an import again, a chunk at a time. No
// transaction is open between two chunks.
type unpacker struct {
	query    func(ctx context.Context) *gorm.DB
	importID string
	kind     string
	next     int64 // number of the record that is read next
	plain    []byte
}

// read returns the next record, which is valid until the next call; io.EOF if
// there is none.
func (u *unpacker) read(ctx context.Context) ([]byte, error) {
	if len(u.plain) == 0 {
		if err := u.load(ctx); err != nil {
			return nil, err
		}
	}
	u.next++
	return u.cut(), nil
}

// cut takes the first record off the chunk.
func (u *unpacker) cut() []byte {
	size, n := binary.Uvarint(u.plain)
	record := u.plain[n : n+int(size)]
	u.plain = u.plain[n+int(size):]
	return record
}

// load reads the chunk that has the next record.
func (u *unpacker) load(ctx context.Context) error {
	var first int64
	var data []byte
	query := "SELECT first, data FROM import_chunks WHERE import_id = ? AND kind = ? AND first <= ? ORDER BY first DESC LIMIT 1"
	err := u.query(ctx).Raw(query, u.importID, u.kind, u.next).Row().Scan(&first, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return io.EOF
	}
	if err != nil {
		return err
	}
	if u.plain, err = io.ReadAll(flate.NewReader(bytes.NewReader(data))); err != nil {
		return err
	}
	for ; first < u.next && len(u.plain) > 0; first++ {
		u.cut()
	}
	if len(u.plain) == 0 {
		return io.EOF
	}
	return nil
}

// appendCells appends the cells of a row so that split finds them again.
func appendCells(record []byte, cells ...string) []byte {
	for _, cell := range cells {
		record = append(binary.AppendUvarint(record, uint64(len(cell))), cell...)
	}
	return record
}

// split returns the cells of a record that appendCells made.
func split(record []byte) []string {
	text := string(record)
	cells := make([]string, 0, 16)
	for rest := record; len(rest) > 0; {
		size, n := binary.Uvarint(rest)
		begin := len(text) - len(rest) + n
		cells = append(cells, text[begin:begin+int(size)])
		rest = rest[n+int(size):]
	}
	return slices.Clip(cells)
}
