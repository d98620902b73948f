package bucket

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConsoleURL(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"eu-west-1":      "https://eu-west-1.console.aws.amazon.com/s3/buckets/reports?region=eu-west-1&prefix=Reports%2F%C3%9C%20%2B%26%20x%2F",
		"cn-north-1":     "https://cn-north-1.console.amazonaws.cn/s3/buckets/reports?region=cn-north-1&prefix=Reports%2F%C3%9C%20%2B%26%20x%2F",
		"us-gov-west-1":  "https://us-gov-west-1.console.amazonaws-us-gov.com/s3/buckets/reports?region=us-gov-west-1&prefix=Reports%2F%C3%9C%20%2B%26%20x%2F",
		"eusc-de-east-1": "https://eusc-de-east-1.console.amazonaws-eusc.eu/s3/buckets/reports?region=eusc-de-east-1&prefix=Reports%2F%C3%9C%20%2B%26%20x%2F",
	} {
		c := open(t, Options{Mode: AWS, Region: region})
		if got, ok := c.ConsoleURL("reports", "Reports/Ü +& x/"); !ok || got != want {
			t.Errorf("%s: %v\n got %s\nwant %s", region, ok, got, want)
		}
	}
	for _, o := range []Options{static("http://127.0.0.1:9000"), {Mode: Endpoint, Endpoint: "https://s3.example"}} {
		if got, ok := open(t, o).ConsoleURL("reports", ""); ok || got != "" {
			t.Errorf("%+v: %s", o, got)
		}
	}
}

func TestAccountID(t *testing.T) {
	t.Parallel()
	_, c := scripted(t, AWS, "", "eu-west-1", map[string][]string{"POST": {
		"200 <GetCallerIdentityResponse><GetCallerIdentityResult><Account>000123456789</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"}})
	if id, err := c.AccountID(t.Context()); id != "000123456789" || err != nil {
		t.Errorf("%q, %v", id, err)
	}
	_, c = scripted(t, AWS, "", "eu-west-1", map[string][]string{"POST": {"500"}})
	if _, err := c.AccountID(t.Context()); err == nil {
		t.Error("no error")
	}
}

// The embedded server is used with its own keys, whatever the environment says,
// and the other modes with those of the environment. Not parallel: environment.
func TestWhereCredentialsComeFrom(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://wrong.invalid")
	t.Setenv("AWS_REGION", "eu-north-1")
	c := open(t, openS3(t))
	if err := c.Test(t.Context(), "reports"); err != nil || c.Region() != "us-east-1" {
		t.Errorf("embedded: %v, region %s", err, c.Region())
	}
	var seen string
	elsewhere := Options{Mode: Endpoint, Endpoint: "http://s3.example", Attempts: 1, HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		seen = r.URL.Host + " " + r.Header.Get("Authorization")
		return nil, errors.New("seen enough")
	})}}
	_ = open(t, elsewhere).Delete(t.Context(), "reports", "k")
	if !strings.HasPrefix(seen, "s3.example ") || !strings.Contains(seen, "Credential=AKIDTEST/") || !strings.Contains(seen, "/eu-north-1/s3/") {
		t.Errorf("endpoint: %s", seen)
	}
	file := filepath.Join(t.TempDir(), "credentials")
	if err := os.WriteFile(file, []byte("[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	_ = open(t, elsewhere).Delete(t.Context(), "reports", "k")
	if !strings.Contains(seen, "Credential=AKIDFILE/") {
		t.Errorf("credentials file: %s", seen)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	err := open(t, elsewhere).Delete(t.Context(), "reports", "k")
	wantFailure(t, err, nil, "No valid AWS credentials were found")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
