package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestSettingsShowTheBucket(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Administrator)
	browser.Get(t, "/settings").WantText(t, "There is no bucket yet.", "Turned off")

	name := console.Bucket(t)
	page := browser.Get(t, "/settings")
	page.WantText(t, name, "Created by License Manager", "Not tested", webtest.Region)
	page = page.Form(t, "/settings/s3/test").Submit(t)
	page.WantText(t, "The connection to "+name+" works.", "Writable", "Last test: Now")
	browser.Get(t, "/settings").WantNoText(t, "works.")
}

func TestSettingsAssociateAnExistingBucket(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Administrator)
	form := browser.Get(t, "/settings/s3/edit").Form(t, "/settings/s3/edit")
	for name, message := range map[string]string{
		"":              "Enter a valid bucket name: 3 to 63 lowercase letters, numbers, periods, and hyphens.",
		"Not A Bucket":  "Enter a valid bucket name: 3 to 63 lowercase letters, numbers, periods, and hyphens.",
		"nobodys-files": "This bucket doesn’t exist in " + webtest.Region + ".",
	} {
		form.Set("bucket", name)
		page := form.Submit(t)
		page.WantStatus(t, http.StatusUnprocessableEntity)
		page.WantText(t, message, "The bucket wasn’t changed. Fix 1 field.")
	}
	if _, err := console.S3.CreateBucket(t.Context(), "our-own-bucket"); err != nil {
		t.Fatal(err)
	}
	form.Set("bucket", " our-own-bucket ")
	page := form.Submit(t)
	page.WantText(t, "Settings updated. The next reports are published to our-own-bucket.", "Associated by an administrator", "Writable")
	if got := console.Bucket(t); got != "our-own-bucket" {
		t.Errorf("reports go to %s", got)
	}
}

func TestSettingsTurnOnCrossAccountInventorySearch(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Administrator)
	page := browser.Get(t, "/settings/cross-account/edit")
	page.WantText(t, "lists and searches the resources of every account", "License Manager creates one", "Resources of other accounts now: 0.")
	page = page.Form(t, "/settings/cross-account/edit").SubmitAs(t, "on", "true")
	page.WantText(t, "Turned on cross-account inventory search.", "License Manager created the S3 bucket aws-license-manager-service-")

	page = browser.Get(t, "/settings/cross-account/edit")
	page.WantText(t, "lists only the resources of your account 0482-1093-7661")
	page = browser.Post(t, "/settings/cross-account/edit", url.Values{"on": {"false"}})
	page.WantText(t, "Turned off cross-account inventory search.")
}

func TestSettingsTestWithoutBucket(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	page := console.SignIn(t, usage.Administrator).Post(t, "/settings/s3/test", nil)
	page.WantText(t, "There is no S3 bucket to test.")
}

func TestSettingsTellWhatGuardsTheBucket(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	if _, err := console.Store.ReserveBucket(t.Context(), "made"); err != nil {
		t.Fatal(err)
	}
	if _, err := console.Store.BucketMade(t.Context(), console.Act(), "made", "Public access block: set\nDefault encryption: not offered by this S3 (InvalidArgument)"); err != nil {
		t.Fatal(err)
	}
	browser := console.SignIn(t, usage.Administrator)
	browser.Get(t, "/settings").WantText(t, "Public access block: set", "Default encryption: not offered by this S3 (InvalidArgument)")
}

// A slow S3 may still be writable.
func TestSettingsTellThatS3IsSlow(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	console.Bucket(t)
	console.HoldS3()
	page := console.SignIn(t, usage.Administrator).Get(t, "/settings")
	page.WantText(t, "Slow", "S3 is slow: it did not answer within 3 seconds.")
	page.WantNoText(t, "Not writable")
}
