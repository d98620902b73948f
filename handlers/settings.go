package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Settings answers for what the whole installation shares.
type Settings struct{ *Console }

const (
	// checkTimeout is how long the settings page waits for S3: it is to be
	// seen even if S3 is not.
	checkTimeout = 3 * time.Second
	// testTimeout is how long a connection test may take.
	testTimeout = 15 * time.Second
)

// Show is GET /settings.
func (h Settings) Show(c echo.Context) error {
	ctx := c.Request().Context()
	page, err := h.Page(c, "Settings", views.SectionSettings, views.Crumb{Label: "Settings"})
	if err != nil {
		return err
	}
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return err
	}
	foreign, err := h.foreign(ctx)
	if err != nil {
		return err
	}
	p := views.SettingsPage{Page: page, CrossAccount: settings.CrossAccount, Foreign: foreign}
	if settings.Bucket != "" {
		p.Bucket = h.bucketSettings(ctx, settings)
	}
	return h.render(c, http.StatusOK, views.SettingsShow(p), nil)
}

// bucketSettings asks S3 about the bucket, but not for long.
func (h Settings) bucketSettings(ctx context.Context, settings store.Settings) views.BucketSettings {
	b := views.BucketSettings{
		Name:      settings.Bucket,
		FolderURL: h.folderURL(settings.Bucket, ""),
		Created:   settings.BucketCreated,
		Region:    h.s3.Region(),
		Failure:   settings.CheckFailure,
	}
	if settings.BucketSettings != "" {
		b.Guards = strings.Split(settings.BucketSettings, "\n")
	}
	if settings.CheckedAt != nil {
		b.CheckedAt = *settings.CheckedAt
	}
	if !settings.BucketReady {
		b.Planned = true
		b.Problem = "License Manager has not been able to create this bucket yet."
		return b
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	check, err := h.s3.Check(ctx, settings.Bucket)
	if err != nil {
		b.Problem = bucketFailure(err, checkTimeout)
		return b
	}
	b.Region, b.Encryption = check.Region, check.Encryption
	return b
}

// foreign is how many resources belong to other accounts, in words.
func (h Settings) foreign(ctx context.Context) (string, error) {
	n, err := h.store.CountForeignResources(ctx, h.store.Account().ID)
	return counted(n), err
}

// BucketForm is GET /settings/s3/edit.
func (h Settings) BucketForm(c echo.Context) error {
	settings, err := h.store.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	return h.open(c, h.bucketForm(c, views.BucketFormPage{Name: settings.Bucket, Current: settings.Bucket}))
}

// AssociateBucket is POST /settings/s3/edit.
func (h Settings) AssociateBucket(c echo.Context) error {
	settings, err := h.store.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	return h.submit(c, h.bucketForm(c, views.BucketFormPage{Current: settings.Bucket}))
}

// bucketForm is the form that chooses an existing bucket. It is tested before
// reports are published to it.
func (h Settings) bucketForm(c echo.Context, p views.BucketFormPage) submission {
	return submission{
		read: func(fields url.Values) { p.Name = strings.TrimSpace(fields.Get("bucket")) },
		save: func(ctx context.Context) (string, views.Flash, error) {
			if problem := h.bucketProblem(ctx, p.Name); problem != "" {
				return "", views.Flash{}, usage.FieldErrors{{Field: "bucket", Message: problem}}
			}
			done := views.Flash{Kind: views.KindSuccess, Title: "Settings updated.", Text: "The next reports are published to " + p.Name + "."}
			return "/settings", done, h.store.AssociateBucket(ctx, h.act(c), p.Name)
		},
		show: func(status int, wrong usage.FieldErrors) (err error) {
			p.Errors = views.NewFieldErrors(wrong, views.Field{ID: "bucket", Label: "Bucket name"})
			if p.Page, err = h.Page(c, "Edit S3 bucket", views.SectionSettings, views.Crumb{Label: "Settings", URL: "/settings"}, views.Crumb{Label: "Edit S3 bucket"}); err != nil {
				return err
			}
			p.Region = h.s3.Region()
			return h.render(c, status, views.BucketForm(p), nil)
		},
	}
}

// bucketProblem says what keeps the bucket from being used, empty for nothing.
func (h Settings) bucketProblem(ctx context.Context, name string) string {
	if !bucket.ValidName(name) {
		return "Enter a valid bucket name: 3 to 63 lowercase letters, numbers, periods, and hyphens."
	}
	err := h.testBucket(ctx, name)
	if err == nil {
		return ""
	}
	switch failure := bucket.Explain(err); failure.Code {
	case "NoSuchBucket":
		return "This bucket doesn’t exist in " + h.s3.Region() + "."
	case "AccessDenied":
		return "License Manager can’t write to this bucket: " + failure.Code + "."
	default:
		return bucketFailure(err, testTimeout)
	}
}

// bucketFailure says what a test has met. One that S3 did not answer within the
// time that it had says so: S3 may be slow and still work.
func bucketFailure(err error, had time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("%sit did not answer within %.0f seconds.", views.SlowS3, had.Seconds())
	}
	return bucket.Explain(err).Words
}

func (h Settings) testBucket(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	return h.s3.Test(ctx, name)
}

// TestBucket is POST /settings/s3/test.
func (h Settings) TestBucket(c echo.Context) error {
	ctx := c.Request().Context()
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return err
	}
	name := settings.Bucket
	if name == "" {
		return h.redirect(c, "/settings", views.Flash{Kind: views.KindInfo, Title: "There is no S3 bucket to test.", Text: "License Manager creates one when you create the first usage report."})
	}
	flash := views.Flash{Kind: views.KindSuccess, Title: "The connection to " + name + " works.", Text: "License Manager wrote, read, and deleted a probe object."}
	failure := ""
	if err := h.testBucket(ctx, name); err != nil {
		failure = bucketFailure(err, testTimeout)
		flash = views.Flash{Kind: views.KindError, Title: "The connection test failed.", Text: failure}
	}
	if err := h.store.RecordBucketCheck(ctx, h.act(c), failure); err != nil {
		return err
	}
	return h.redirect(c, "/settings", flash)
}

// CrossAccountForm is GET /settings/cross-account/edit.
func (h Settings) CrossAccountForm(c echo.Context) error {
	ctx := c.Request().Context()
	const title = "Edit cross-account inventory search"
	page, err := h.Page(c, title, views.SectionSettings, views.Crumb{Label: "Settings", URL: "/settings"}, views.Crumb{Label: title})
	if err != nil {
		return err
	}
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return err
	}
	foreign, err := h.foreign(ctx)
	if err != nil {
		return err
	}
	return h.render(c, http.StatusOK, views.CrossAccount(views.CrossAccountPage{Page: page, On: settings.CrossAccount, Foreign: foreign, Bucket: settings.Bucket}), nil)
}

// SetCrossAccount is POST /settings/cross-account/edit. Turning it on makes
// the bucket where there is none.
func (h Settings) SetCrossAccount(c echo.Context) error {
	on := false
	return h.submit(c, submission{
		read: func(fields url.Values) { on = fields.Get("on") == "true" },
		save: func(ctx context.Context) (string, views.Flash, error) {
			act := h.act(c)
			if err := h.store.SetCrossAccount(ctx, act, on); err != nil {
				return "", views.Flash{}, err
			}
			if !on {
				return "/settings", views.Flash{Kind: views.KindSuccess, Title: "Turned off cross-account inventory search.", Text: "Tracked resources lists the resources of your account."}, nil
			}
			done := views.Flash{Kind: views.KindSuccess, Title: "Turned on cross-account inventory search.", Text: "Tracked resources lists the resources of every account."}
			return "/settings", h.withBucket(ctx, act, done), nil
		},
	})
}

// withBucket makes sure that there is a bucket and says on the flash if there
// is a new one, or why there is none yet.
func (h Settings) withBucket(ctx context.Context, act usage.Act, flash views.Flash) views.Flash {
	ctx, cancel := context.WithTimeout(ctx, testTimeout)
	defer cancel()
	name, created, err := h.options.EnsureBucket(ctx, act)
	switch {
	case err != nil:
		flash.Kind = views.KindWarning
		flash.Text += " The S3 bucket can’t be created yet: " + bucket.Explain(err).Words
	case created:
		flash.Text += " License Manager created the S3 bucket " + name + "."
	}
	return flash
}
