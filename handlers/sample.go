package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/sample"
	"license-manager/store/usage"
	"license-manager/views"
)

// Samples loads sample data for a first look, and removes it.
type Samples struct{ *Console }

// Load is POST /sample-data. Its files are written after what tells of them is
// stored: whatever happens in between, Remove finds them.
func (h Samples) Load(c echo.Context) error {
	ctx, act := c.Request().Context(), h.act(c)
	bucketName, _, err := h.options.EnsureBucket(ctx, act)
	if err != nil {
		return h.redirect(c, reportsPath, sampleFailed(err, bucketName))
	}
	estate := sample.New(sample.Options{Account: h.store.Account(), Now: h.now()})
	objects, err := h.store.LoadSample(ctx, act, estate, bucketName)
	if errors.Is(err, store.ErrSampleLoaded) {
		return h.redirect(c, reportsPath, views.Flash{Kind: views.KindInfo, Title: "Sample data is loaded already."})
	}
	if err != nil {
		return err
	}
	if err := h.putSample(ctx, bucketName, objects); err != nil {
		failed := sampleFailed(err, bucketName)
		if err := h.remove(ctx, act); err != nil {
			failed.Title = "Sample data was loaded without its files."
			failed.Text += " When S3 answers again, remove the sample data and load it once more."
		}
		return h.redirect(c, reportsPath, failed)
	}
	h.nudge("forecast")
	return h.redirect(c, reportsPath, views.Flash{
		Kind: views.KindSuccess, Title: "Loaded sample data.",
		Text: views.Number(int64(len(estate.Licenses))) + " self-managed licenses, " + views.Number(int64(len(estate.Resources))) + " tracked resources, and " +
			views.Number(int64(len(estate.Reports))) + " usage reports with their history. To delete all of it again, choose Remove sample data.",
	})
}

func sampleFailed(err error, name string) views.Flash {
	return views.Flash{Kind: views.KindError, Title: "Sample data wasn’t loaded.", Text: name + ": " + bucket.Explain(err).Words}
}

// sampleRequests is how many files of the sample data are written or deleted at
// once.
const sampleRequests = 16

// putSample writes the files of the history.
func (h Samples) putSample(ctx context.Context, name string, objects []sample.Object) error {
	return severalAtOnce(ctx, objects, func(ctx context.Context, o sample.Object) error {
		metadata := usage.ObjectMetadata(o.Type, o.ReportARN)
		metadata["sample"] = "true"
		_, err := h.s3.Put(ctx, name, o.Key, bytes.NewReader(o.Content), bucket.PutOptions{ContentType: usage.ContentType, Metadata: metadata})
		return err
	})
}

// severalAtOnce does something for all of them, sampleRequests at once, and stops at
// the first error.
func severalAtOnce[T any](ctx context.Context, all []T, do func(context.Context, T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	turns := make(chan struct{}, sampleRequests)
	for _, one := range all {
		turns <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() {
			defer func() { <-turns }()
			if err := do(ctx, one); err != nil {
				stop(err) // the first one stays
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// RemoveForm is GET /sample-data/remove: the question over the usage reports.
// There is none without sample data, nor while data of the user's own depends on
// it.
func (h Samples) RemoveForm(c echo.Context) error {
	ctx := c.Request().Context()
	loaded, err := h.store.SampleLoaded(ctx)
	if err != nil {
		return err
	}
	if !loaded {
		return h.redirect(c, reportsPath, noSample())
	}
	use, err := h.store.SampleUse(ctx)
	if err != nil {
		return err
	}
	if use != nil {
		return h.redirect(c, reportsPath, sampleInUse(use))
	}
	if IsFragment(c) {
		return h.render(c, http.StatusOK, views.SampleRemoveDialog(views.SampleRemovePage{Page: h.BarePage(c)}), nil)
	}
	list, err := Reports(h).list(c)
	if err != nil {
		return err
	}
	p := views.SampleRemovePage{Page: list.Page, Behind: views.ReportsContent(list)}
	p.Title = "Remove sample data"
	return h.render(c, http.StatusOK, views.SampleRemove(p), nil)
}

// Remove is POST /sample-data/remove. It can be done again where S3 did not
// answer.
func (h Samples) Remove(c echo.Context) error {
	ctx := c.Request().Context()
	loaded, err := h.store.SampleLoaded(ctx)
	if err != nil {
		return err
	}
	if !loaded {
		return h.redirect(c, reportsPath, noSample())
	}
	var use *store.SampleInUseError
	var undeleted *fileError
	switch err := h.remove(ctx, h.act(c)); {
	case errors.As(err, &use):
		return h.redirect(c, reportsPath, sampleInUse(use))
	case errors.Is(err, store.ErrRunning):
		return h.redirect(c, reportsPath, views.Flash{Kind: views.KindInfo, Title: "A report of the sample data is being generated.", Text: "Remove the sample data when it is ready."})
	case errors.As(err, &undeleted):
		return h.redirect(c, reportsPath, views.Flash{
			Kind: views.KindError, Title: "Not all files of the sample data were deleted.",
			Text: undeleted.bucket + ": " + bucket.Explain(err).Words + " Its usage reports are stopped. Choose Remove sample data once more.",
		})
	case err != nil:
		return err
	}
	return h.redirect(c, reportsPath, views.Flash{Kind: views.KindSuccess, Title: "Removed sample data.", Text: "The files of its usage reports are deleted, too."})
}

// fileError is that a file of the sample data could not be deleted.
type fileError struct {
	bucket string
	err    error
}

func (e *fileError) Error() string { return "delete a file of the sample data: " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// remove stops the sample data, deletes its files, and then everything else of it.
func (h Samples) remove(ctx context.Context, act usage.Act) error {
	files, err := h.store.StopSample(ctx, act)
	if err != nil {
		return err
	}
	err = severalAtOnce(ctx, files, func(ctx context.Context, f usage.File) error {
		if err := h.s3.Delete(ctx, f.Bucket, f.Key); err != nil && !errors.Is(err, bucket.ErrNoBucket) {
			return &fileError{f.Bucket, err}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return h.store.RemoveSample(ctx, act)
}

func noSample() views.Flash {
	return views.Flash{Kind: views.KindInfo, Title: "There is no sample data to remove."}
}

// sampleInUse says what of the user's own depends on the sample data.
func sampleInUse(use *store.SampleInUseError) views.Flash {
	f := views.Flash{
		Kind: views.KindError, Title: "Sample data can’t be removed yet.", Text: "Data of your own depends on it: ",
		After: ". Choose another license for your usage reports or delete them, and disassociate your resources from sample licenses and sample resources from your licenses. Then remove the sample data.",
	}
	for _, r := range use.Reports {
		f.Links = append(f.Links, views.Link{Label: r.Name, URL: views.ReportURL(r.ID)})
	}
	for _, l := range use.Licenses {
		f.Links = append(f.Links, views.Link{Label: l.Name, URL: licensePath(l.ID)})
	}
	for _, id := range use.Resources {
		f.Links = append(f.Links, views.Link{Label: id, URL: views.ResourceURL(id)})
	}
	return f
}
