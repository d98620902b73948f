package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/errgroup"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/sample"
	"license-manager/store/usage"
	"license-manager/views"
)

// Samples loads sample data for a first look, and removes it.
type Samples struct{ *Console }

// Load is POST /sample-data. The files are in the bucket before the usage
// reports that tell of them are in the database.
func (h Samples) Load(c echo.Context) error {
	ctx, act := c.Request().Context(), h.act(c)
	loaded, err := h.store.SampleLoaded(ctx)
	if err != nil {
		return err
	}
	if loaded {
		return h.redirect(c, reportsPath, sampleThere())
	}
	bucketName, made, err := h.options.EnsureBucket(ctx, act)
	if err != nil {
		return h.redirect(c, reportsPath, sampleFailed(err, bucketName))
	}
	estate := sample.New(sample.Options{Account: h.store.Account(), Now: h.now(), Salt: usage.NewToken()})
	objects, err := h.store.PrepareSample(ctx, h.now(), estate, bucketName, made)
	if err != nil {
		return err
	}
	if err := h.putSample(ctx, bucketName, objects); err != nil {
		return h.redirect(c, reportsPath, sampleFailed(err, bucketName))
	}
	if loaded, err = h.store.LoadSample(ctx, act, estate); err != nil {
		return err
	}
	if !loaded {
		h.nudge("discard")
		return h.redirect(c, reportsPath, sampleThere())
	}
	return h.redirect(c, reportsPath, views.Flash{
		Kind: views.KindSuccess, Title: "Loaded sample data.",
		Text: views.Number(int64(len(estate.Licenses))) + " self-managed licenses, " + views.Number(int64(len(estate.Resources))) + " tracked resources, and " +
			views.Number(int64(len(estate.Reports))) + " usage reports with their history. To delete all of it again, choose Remove sample data.",
	})
}

func sampleThere() views.Flash {
	return views.Flash{Kind: views.KindInfo, Title: "Sample data is loaded already."}
}

func sampleFailed(err error, name string) views.Flash {
	return views.Flash{Kind: views.KindError, Title: "Sample data wasn’t loaded.", Text: name + ": " + bucket.Explain(err).Words}
}

// sampleUploads is how many files of the sample data are written at once.
const sampleUploads = 16

// putSample writes the files of the history.
func (h Samples) putSample(ctx context.Context, name string, objects []sample.Object) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sampleUploads)
	for _, o := range objects {
		group.Go(func() error {
			metadata := usage.ObjectMetadata(o.Type, o.ReportARN)
			metadata["sample"] = "true"
			_, err := h.s3.Put(ctx, name, o.Key, bytes.NewReader(o.Content), bucket.PutOptions{ContentType: usage.ContentType, Metadata: metadata})
			return err
		})
	}
	return group.Wait()
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

// Remove is POST /sample-data/remove.
func (h Samples) Remove(c echo.Context) error {
	removed, err := h.store.RemoveSample(c.Request().Context(), h.act(c))
	var use *store.SampleInUseError
	switch {
	case errors.As(err, &use):
		return h.redirect(c, reportsPath, sampleInUse(use))
	case err != nil:
		return err
	case !removed:
		return h.redirect(c, reportsPath, noSample())
	}
	h.nudge("discard")
	return h.redirect(c, reportsPath, views.Flash{
		Kind: views.KindSuccess, Title: "Removed sample data.", Text: "The files of its usage reports are being deleted from your S3 bucket.",
	})
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
