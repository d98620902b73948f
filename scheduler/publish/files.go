package publish

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

// stepRead is the step of every read of a snapshot.
const stepRead = "read the self-managed license and its resources"

// publish puts every file of the run into the bucket and fills in their
// figures. All files come from one snapshot, which is closed before S3 has
// taken the last byte.
func (p *Publisher) publish(t *task) error {
	name, err := t.batch.bucket()
	if err != nil {
		return err
	}
	if isSummary(t.run) {
		return p.publishSummary(t, name)
	}
	ctx, run := t.ctx, &t.run
	p.removeLeftovers(ctx, name, *run)
	uploads := make([]*upload, 0, len(run.Files))
	for i := range run.Files {
		u := p.newUpload(t, name, &run.Files[i])
		defer u.spool.release()
		uploads = append(uploads, u)
	}
	err = p.o.Store.ReadSnapshot(ctx, *run, p.o.Now(), func(snapshot *store.SnapshotReader) error {
		if snapshot.Importing {
			return errImporting
		}
		for _, u := range uploads {
			if err := u.begin(snapshot); err != nil {
				return err
			}
		}
		return nil
	})
	for _, u := range uploads {
		u.spool.finish(err) // ends an upload whose rendering never began
	}
	err = database(stepRead, err)
	for _, u := range uploads {
		if e := u.end(); err == nil {
			err = e
		}
	}
	return err
}

// publishSummary puts a summary, which is a few hundred bytes of a snapshot
// that its batch shares, into the bucket.
func (p *Publisher) publishSummary(t *task, name string) error {
	began := p.o.Now()
	snapshots, err := t.batch.snapshots()
	if err != nil {
		return database(stepRead, err)
	}
	snapshot, live := snapshots[t.run.ID]
	if !live {
		return fmt.Errorf("run %s: %w", t.run.ID, store.ErrLost)
	}
	if snapshot.Importing {
		return errImporting
	}
	for i := range t.run.Files {
		f := &t.run.Files[i]
		describe(f, snapshot, name)
		f.Rows = 1
		body := usage.AppendSummary(nil, snapshot, fileID(f.Key))
		object, err := p.o.Bucket.Put(t.ctx, name, f.Key, bytes.NewReader(body), p.putOptions(t, f))
		if err != nil {
			return err
		}
		f.Size = object.Size
		p.stamp(f, began)
	}
	return nil
}

// writerID is how much of a claim tells it from others of the same run.
const writerID = 8

func (p *Publisher) putOptions(t *task, f *usage.File) bucket.PutOptions {
	return bucket.PutOptions{
		Hold: t.hold, Writer: &bucket.Writer{Attempt: t.run.Attempts, ID: t.run.Claim[:writerID]}, ContentType: usage.ContentType, Metadata: usage.ObjectMetadata(f.Type, p.o.Store.Account().ReportARN(t.run.ReportID)),
	}
}

// describe notes of what and for which bucket a file is.
func describe(f *usage.File, snapshot usage.Snapshot, bucket string) {
	f.Consumed, f.LicenseCount = snapshot.Consumption.Consumed(), snapshot.License.Count
	f.LicenseID, f.Bucket = snapshot.License.ID, bucket
}

// stamp notes that a file is in the bucket now.
func (p *Publisher) stamp(f *usage.File, began time.Time) {
	now := p.o.Now()
	f.PublishedAt, f.DurationMS = &now, now.Sub(began).Milliseconds()
}

// upload is one file on its way into the bucket: rendered into a spool, from
// which S3 takes it at its own speed.
type upload struct {
	p       *Publisher
	ctx     context.Context
	bucket  string
	file    *usage.File
	options bucket.PutOptions
	spool   *spool
	started time.Time
	done    chan error // the outcome of Put; nil until it began
}

func (p *Publisher) newUpload(t *task, name string, f *usage.File) *upload {
	return &upload{
		p: p, ctx: t.ctx, bucket: name, file: f, spool: newSpool(p.o.SpoolDir), started: p.o.Now(), options: p.putOptions(t, f),
	}
}

// begin starts the transfer and renders the whole file into the spool, which
// never waits for S3.
func (u *upload) begin(snapshot *store.SnapshotReader) error {
	describe(u.file, snapshot.Snapshot, u.bucket)
	u.done = make(chan error, 1)
	go func() {
		object, err := u.p.o.Bucket.Put(u.ctx, u.bucket, u.file.Key, u.spool, u.options)
		u.file.Size = object.Size
		if err != nil {
			u.spool.abandon(err)
		}
		u.done <- err
	}()
	rows, err := Render(u.spool, snapshot, *u.file)
	u.file.Rows = rows
	u.spool.finish(err)
	return err
}

// end waits for the transfer.
func (u *upload) end() error {
	if u.done == nil {
		return nil
	}
	err := <-u.done
	if failed := u.spool.failure(); failed != nil {
		return database(stepRead, failed) // the cause of whatever S3 said then
	}
	if err == nil {
		u.p.stamp(u.file, u.started)
	}
	return err
}

// Render writes the file of one type to w and returns how many rows of data it has.
func Render(w io.Writer, snapshot *store.SnapshotReader, f usage.File) (rows int64, err error) {
	id := fileID(f.Key)
	if f.Type == usage.Summary {
		_, err := w.Write(usage.AppendSummary(nil, snapshot.Snapshot, id))
		return 1, err
	}
	if _, err := w.Write(usage.ResourceUsageHeader()); err != nil {
		return 0, err
	}
	return snapshot.WriteRows(w, usage.AppendResourceUsagePrefix(nil, snapshot.Snapshot, id))
}

// fileID returns the report ID of a key: its last part without ".csv".
func fileID(key string) string {
	name := usage.FileName(key)
	return name[:len(name)-len(".csv")]
}
