package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// importChunk is how many bytes of a staged file are kept in a row.
const importChunk = 1 << 20

// uploading is the size of an import of which not all bytes have come.
const uploading = -1

// Import is a file that was uploaded and waits to be reviewed and imported.
type Import struct {
	ID        string `gorm:"primaryKey"`
	UserName  string // whose it is
	FileName  string
	License   string    // id of the license of rows that name none; empty for none
	Size      int64     // bytes
	CreatedAt time.Time // UTC
}

// SaveImport stages a file. It is read as it comes, a short transaction for
// every piece. What can't be an import comes as *usage.ImportError, an unusable
// license as usage.FieldErrors of the field "license"; then and whenever body
// fails nothing is left.
func (s *Store) SaveImport(ctx context.Context, act usage.Act, fileName, license string, body io.Reader) (Import, error) {
	l, err := s.licenseOfFile(ctx, license)
	if err != nil {
		return Import{}, err
	}
	staged := Import{
		ID: usage.NewToken(), UserName: act.By, FileName: cleanFileName(fileName), License: l, Size: uploading, CreatedAt: db.UTC(act.At),
	}
	if err := s.db.Tx(ctx, func(tx *gorm.DB) error { return tx.Create(&staged).Error }); err != nil {
		return Import{}, err
	}
	staged.Size, err = s.saveChunks(ctx, staged.ID, body)
	if err == nil {
		err = s.exec(ctx, "UPDATE imports SET size = ? WHERE id = ?", staged.Size, staged.ID)
	}
	if err != nil {
		return Import{}, errors.Join(err, s.dropImport(context.WithoutCancel(ctx), staged.ID))
	}
	return staged, nil
}

// licenseOfFile returns the id of the license that is chosen for a file by its
// name or id.
func (s *Store) licenseOfFile(ctx context.Context, chosen string) (string, error) {
	if chosen == "" {
		return "", nil
	}
	l, err := newImportLicenses(s.db.Query(ctx), s, nil).named(chosen)
	var problem string
	switch {
	case err != nil:
		return "", db.Translate(err)
	case l == nil && usage.IsLicenseID(chosen):
		problem = "The self-managed license that you chose no longer exists. Choose another."
	case l == nil:
		problem = unknownLicense(chosen)
	case l.Deactivated():
		problem = fmt.Sprintf("“%s” is deactivated and isn’t tracked. Choose another self-managed license.", l.Name)
	default:
		return l.ID, nil
	}
	return "", usage.FieldErrors{{Field: "license", Message: problem}}
}

// cleanFileName returns the last part of a path, short and without control
// characters.
func cleanFileName(path string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, ""))
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	return normalize(name)
}

// saveChunks stores body and returns its size. It reads it as an import on
// the way, so that a file that can't be one ends the upload.
func (s *Store) saveChunks(ctx context.Context, id string, body io.Reader) (int64, error) {
	w := &chunkWriter{ctx: ctx, store: s, id: id}
	in, err := usage.NewImportReader(io.TeeReader(body, w))
	if err != nil {
		return 0, err
	}
	rows := 0
	for ; ; rows++ {
		_, _, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if rows == 0 {
		return 0, errNoRows()
	}
	return w.size, w.flush()
}

// chunkWriter writes the rows of import_chunks.
type chunkWriter struct {
	ctx   context.Context //nolint:containedctx // of one upload
	store *Store
	id    string
	n     int
	size  int64
	plain bytes.Buffer
	small bytes.Buffer
}

// Write takes bytes of the file.
func (w *chunkWriter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	w.plain.Write(p)
	if w.plain.Len() < importChunk {
		return len(p), nil
	}
	return len(p), w.flush()
}

func (w *chunkWriter) flush() error {
	if w.plain.Len() == 0 {
		return nil
	}
	w.small.Reset()
	zip, err := gzip.NewWriterLevel(&w.small, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := w.plain.WriteTo(zip); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	insert := "INSERT INTO import_chunks (import_id, n, data) VALUES (?, ?, ?)"
	err = w.store.exec(w.ctx, insert, w.id, w.n, w.small.Bytes())
	w.n++
	return db.Translate(err)
}

// chunkReader reads the rows of import_chunks, each by itself: no transaction
// is open meanwhile.
type chunkReader struct {
	ctx    context.Context //nolint:containedctx // of one review or import
	store  *Store
	staged Import
	n      int
	size   int64
	zip    gzip.Reader
	open   bool // zip has a chunk
}

func (s *Store) staged(ctx context.Context, staged Import) io.Reader {
	return &chunkReader{ctx: ctx, store: s, staged: staged}
}

// Read reads the file as it was staged; ErrNotFound if it was dropped.
func (r *chunkReader) Read(p []byte) (int, error) {
	for {
		if !r.open {
			if err := r.next(); err != nil {
				return 0, err
			}
		}
		n, err := r.zip.Read(p)
		r.size += int64(n)
		if errors.Is(err, io.EOF) {
			r.open, err = false, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next opens the next chunk; io.EOF if there is none.
func (r *chunkReader) next() error {
	var data []byte
	row := r.store.db.Query(r.ctx).Raw("SELECT data FROM import_chunks WHERE import_id = ? AND n = ?", r.staged.ID, r.n).Row()
	err := row.Scan(&data)
	switch {
	case errors.Is(err, sql.ErrNoRows) && r.size == r.staged.Size:
		return io.EOF
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("import %s: %w", r.staged.ID, ErrNotFound)
	case err != nil:
		return db.Translate(err)
	}
	r.n, r.open = r.n+1, true
	return r.zip.Reset(bytes.NewReader(data))
}

// ImportByID returns a user's staged import.
func (s *Store) ImportByID(ctx context.Context, id, userName string) (Import, error) {
	var staged Import
	err := s.db.Query(ctx).Take(&staged, "id = ? AND user_name = ? AND size <> ?", id, userName, uploading).Error
	if err != nil {
		return Import{}, db.Translate(fmt.Errorf("import %s: %w", id, err))
	}
	return staged, nil
}

// SetImportLicense chooses the license of rows that name none. One that can't
// be used comes as usage.FieldErrors of the field "license".
func (s *Store) SetImportLicense(ctx context.Context, staged Import, license string) (Import, error) {
	l, err := s.licenseOfFile(ctx, license)
	if err != nil {
		return staged, err
	}
	staged.License = l
	update := "UPDATE imports SET license = ? WHERE id = ?"
	return staged, s.exec(ctx, update, l, staged.ID)
}

// DropImport gives up a user's staged import. One that is gone is no error.
func (s *Store) DropImport(ctx context.Context, id, userName string) error {
	return s.exec(ctx, "DELETE FROM imports WHERE id = ? AND user_name = ?", id, userName)
}

func (s *Store) dropImport(ctx context.Context, id string) error {
	return s.exec(ctx, "DELETE FROM imports WHERE id = ?", id)
}

// SweepImports drops what was staged before a moment and never imported.
func (s *Store) SweepImports(ctx context.Context, before time.Time) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM imports WHERE created_at < ?", db.UTC(before)).Error
	})
}

// exec is one statement in a transaction.
func (s *Store) exec(ctx context.Context, statement string, args ...any) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error { return tx.Exec(statement, args...).Error })
}
