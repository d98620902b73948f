package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
	"license-manager/views"
)

// window keeps the differences of one page of those that pass by.
type window struct {
	kind   usage.DifferenceKind // none for all
	first  int64                // how many come before the page
	size   int
	ending bool // what comes after the page is of no interest
	seen   int64
	rows   []usage.Difference
}

func (w *window) add(d usage.Difference) error {
	if w.kind != "" && w.kind != d.Kind() {
		return nil
	}
	if w.seen >= w.first && len(w.rows) < w.size {
		w.rows = append(w.rows, d.Clone())
	}
	w.seen++
	if w.ending && len(w.rows) == w.size {
		return errEnough
	}
	return nil
}

// readWindow reads the page, and counts all that differs. What was counted
// after the publication is not counted again.
func (h Reports) readWindow(ctx context.Context, p *views.ComparePage, w *window) (usage.DifferenceCount, error) {
	known, counted := p.Later.Difference(p.Earlier)
	w.ending = counted
	count, err := h.difference(ctx, p.Earlier, p.Later, w.add)
	if errors.Is(err, errEnough) {
		return known, nil
	}
	return count, err
}

// difference reads two files side by side. Each failure of S3 is a BucketError.
func (h Reports) difference(ctx context.Context, earlier, later usage.File, each func(usage.Difference) error) (usage.DifferenceCount, error) {
	a, err := h.openFile(ctx, earlier)
	if err != nil {
		return usage.DifferenceCount{}, err
	}
	defer a.Close()
	b, err := h.openFile(ctx, later)
	if err != nil {
		return usage.DifferenceCount{}, err
	}
	defer b.Close()
	return usage.CompareUsage(a, b, each)
}

// fileBody is a file on its way from S3.
type fileBody struct {
	io.ReadCloser
	explain func(error) error
}

// Read explains what goes wrong.
func (b fileBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.explain(err)
	}
	return n, err
}

func (h Reports) openFile(ctx context.Context, f usage.File) (io.ReadCloser, error) {
	body, _, err := h.s3.Get(ctx, f.Bucket, f.Key)
	if err == nil {
		return fileBody{body, bucketError}, nil
	}
	failure := bucket.Explain(err)
	if errors.Is(err, bucket.ErrNoObject) {
		failure.Words = notInBucket(f.Bucket, f.Key)
	}
	return nil, &BucketError{Failure: failure, Err: err}
}

// explainDifference says on the page why two files can't be compared. That the
// reader has gone is nothing to explain.
func (h Reports) explainDifference(p *views.ComparePage, err error) (status int, _ error) {
	var (
		failed *BucketError
		edited *usage.UncomparableError
	)
	p.Problem.Title = "The runs can’t be compared."
	switch {
	case errors.Is(err, context.Canceled):
		return 0, err
	case errors.As(err, &edited):
		f := p.Earlier
		if edited.Later {
			f = p.Later
		}
		p.Problem.Text = fmt.Sprintf("Somebody has changed the file %s. Line %d: %s", f.Key, edited.Line, edited.Problem)
		return http.StatusUnprocessableEntity, nil
	case !errors.As(err, &failed):
		return 0, err
	}
	p.Problem.Text = failed.Words
	if errors.Is(failed, bucket.ErrNoObject) {
		p.Problem.Title = "Not in bucket."
	}
	if failed.Missing() {
		return http.StatusNotFound, nil
	}
	return http.StatusBadGateway, nil
}

// sendDifference streams the difference as CSV.
func (h Reports) sendDifference(c echo.Context, p views.ComparePage) error {
	name := fmt.Sprintf("%s-%s-%s.csv", p.Report.Name, fileDate(p.Earlier), fileDate(p.Later))
	out := usage.NewDifferenceWriter(&csvDownload{c: c, name: name})
	kind := usage.DifferenceKind(p.List.Param("change"))
	head := c.Request().Method == http.MethodHead
	_, err := h.difference(c.Request().Context(), p.Earlier, p.Later, func(d usage.Difference) error {
		if head {
			return errEnough
		}
		if kind != "" && kind != d.Kind() {
			return nil
		}
		return out.Write(d)
	})
	if err := sent(err); err != nil {
		return err
	}
	return out.Flush()
}

// fileDate is the moment in the name of a file.
func fileDate(f usage.File) string {
	const layout = "20060102T150405Z"
	name := usage.FileName(f.Key)
	return name[:min(len(layout), len(name))]
}
