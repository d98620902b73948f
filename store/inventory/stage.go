package inventory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"unicode"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/db"
	"license-manager/store/usage"
)

const (
	// diskReserve is how many bytes of the disk an import leaves free, so that
	// everybody can go on.
	diskReserve = 512 << 20
	// mostWaiting is how many bytes of files may wait for one user.
	mostWaiting = 1 << 30
	// readBetween is how many bytes are read between two looks at the disk.
	readBetween = 4 << 20
)

// File is a file that was read: its rows, in the order of resource IDs.
type File struct {
	header []string
	rows   *sorter
	count  int64
	size   int64
}

// Close gives up what was read.
func (f *File) Close() { f.rows.close() }

// Read reads a file in a dialect to its end. A file that can't be an import is a
// *usage.ImportError; one for which the disk has no room, usage.FieldErrors of the
// field "file". Errors of the rows are left to the judgement.
func (im *Importer) Read(ctx context.Context, file io.Reader, d usage.ImportDialect) (*File, error) {
	f := &File{rows: newSorter(im.o.TempDir)}
	err := f.read(&watchedReader{ctx: ctx, im: im, file: file, size: &f.size}, d)
	if err == nil && f.count == 0 {
		err = &usage.ImportError{Problem: "The file has no rows, only a header."}
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = noRoom()
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) read(file io.Reader, d usage.ImportDialect) error {
	in, err := usage.NewImportReader(file, d)
	if err != nil {
		return err
	}
	f.header = in.Header()
	var record []byte
	for ; ; f.count++ {
		line, cells, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		record = appendRow(record[:0], line, cells)
		if err := f.rows.add(in.ID(cells), record); err != nil {
			return err
		}
	}
}

// watchedReader looks at the context and at the disk while a file is read.
type watchedReader struct {
	ctx  context.Context //nolint:containedctx // of one file
	im   *Importer
	file io.Reader
	size *int64 // bytes read
	next int64  // size at which it looks again
}

// Read reads and counts.
func (r *watchedReader) Read(p []byte) (int, error) {
	if *r.size >= r.next {
		r.next = *r.size + readBetween
		if err := errors.Join(r.ctx.Err(), r.im.room(0)); err != nil {
			return 0, err
		}
	}
	n, err := r.file.Read(p)
	*r.size += int64(n)
	return n, err
}

// room returns usage.FieldErrors if the disk has no room for so many more bytes.
func (im *Importer) room(bytes int64) error {
	if im.o.Free == nil {
		return nil
	}
	free, err := im.o.Free()
	if err == nil && free < bytes+diskReserve {
		err = noRoom()
	}
	return err
}

func noRoom() error {
	return usage.FieldErrors{{Field: "file", Message: "The disk of License Manager has no room for the file. Ask an administrator to make room."}}
}

// Room returns usage.FieldErrors of the field "file" if a user can't upload so many
// bytes now. The file lies on the disk twice for a moment.
func (im *Importer) Room(ctx context.Context, user string, size int64) error {
	if err := im.room(2 * size); err != nil {
		return err
	}
	var waiting int64
	query := "SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM imports WHERE user_name = ? AND state IN (?, ?, ?)"
	if err := im.db.Query(ctx).Raw(query, user, Staging, Staged, Reviewed).Row().Scan(&waiting); err != nil {
		return db.Translate(err)
	}
	if waiting+size > mostWaiting {
		return usage.FieldErrors{{Field: "file", Message: fmt.Sprintf(
			"Your files that wait for their review take %d MB, and all may take %d MB. Import or cancel some of them first.", waiting>>20, int64(mostWaiting)>>20)}}
	}
	return nil
}

// Source says what a file is.
type Source struct {
	Name    string // of the file
	License string // id or name of the license of rows that name none; may be empty
	Direct  bool   // apply it without a person's review
}

// Stage stores the rows of a file and leaves it to be judged. A license that can't
// be used is usage.FieldErrors of the field "license", what does not fit of the
// field "file"; then nothing is stored.
func (im *Importer) Stage(ctx context.Context, act usage.Act, f *File, s Source) (Import, error) {
	license, err := im.licenseOf(ctx, s.License)
	if err == nil && !s.Direct {
		err = im.Room(ctx, act.By, f.size)
	}
	if err != nil {
		return Import{}, err
	}
	job := Import{
		ID: usage.NewToken(), UserName: act.By, Address: act.From, FileName: cleanFileName(s.Name), License: license, Direct: s.Direct,
		Header: appendCells(nil, f.header...), State: Staging, Size: f.size, Rows: f.count, Total: f.count,
		Claim: usage.NewToken(), LeaseUntil: im.leaseEnd(), CreatedAt: db.UTC(act.At),
	}
	if err := im.tx(ctx, func(tx *gorm.DB) error { return tx.Create(&job).Error }); err != nil {
		return Import{}, err
	}
	if err := im.storeRows(ctx, &job, f); err != nil {
		return Import{}, errors.Join(err, im.cancel(context.WithoutCancel(ctx), "id = ?", job.ID))
	}
	job.State = Staged
	return job, nil
}

// storeRows stores the rows, a chunk in each transaction, and gives up the claim.
func (im *Importer) storeRows(ctx context.Context, job *Import, f *File) error {
	chunks := newPacker(job.ID, rowChunks, 0)
	err := f.rows.each(func(_, record []byte) error {
		if !chunks.add(record) {
			return nil
		}
		if err := im.room(chunkSize); err != nil {
			return err
		}
		return im.tx(ctx, func(tx *gorm.DB) error { return errors.Join(im.hold(tx, job), chunks.insert(tx)) })
	})
	if err != nil {
		return err
	}
	return im.tx(ctx, func(tx *gorm.DB) error {
		if err := chunks.insert(tx); err != nil {
			return err
		}
		return im.hand(tx, job, Staged)
	})
}

// licenseOf returns the id of the license that is chosen for a file by its name
// or id.
func (im *Importer) licenseOf(ctx context.Context, chosen string) (string, error) {
	if chosen == "" {
		return "", nil
	}
	l, err := newLicenses(im.db.Query(ctx)).find(chosen)
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
	return store.Normalize(name)
}
