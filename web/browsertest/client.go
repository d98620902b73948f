package browsertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// Client uses the console as a script does: it posts what the forms post, and
// follows redirects.
type Client struct {
	base string
	http *http.Client
}

// Answer is the page at which a request ended.
type Answer struct {
	Path string // with the query
	Body string
}

// NewClient returns a client of the console at that address, who is not signed
// in.
func NewClient(base string) *Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &Client{base: base, http: &http.Client{Jar: jar}}
}

// SignIn signs in.
func (c *Client) SignIn(ctx context.Context, user, password string) error {
	_, err := c.Post(ctx, "/sign-in", url.Values{"username": {user}, "password": {password}})
	return err
}

// Get reads a page. It is an error if its status is not 200.
func (c *Client) Get(ctx context.Context, path string) (Answer, error) {
	return c.do(ctx, http.MethodGet, path, "", http.NoBody)
}

// Post sends a form. It is an error if that does not lead to a page with the
// status 200.
func (c *Client) Post(ctx context.Context, path string, fields url.Values) (Answer, error) {
	return c.do(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
}

// Upload sends a form with one file.
func (c *Client) Upload(ctx context.Context, path string, fields url.Values, name, content string) (Answer, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, values := range fields {
		for _, value := range values {
			if err := form.WriteField(field, value); err != nil {
				return Answer{}, err
			}
		}
	}
	file, err := form.CreateFormFile(name, name+".csv")
	if err != nil {
		return Answer{}, err
	}
	if _, err := io.WriteString(file, content); err != nil {
		return Answer{}, err
	}
	if err := form.Close(); err != nil {
		return Answer{}, err
	}
	return c.do(ctx, http.MethodPost, path, form.FormDataContentType(), &body)
}

func (c *Client) do(ctx context.Context, method, path, contentType string, body io.Reader) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return Answer{}, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s\n%s", method, path, response.Status, text)
	}
	return Answer{Path: response.Request.URL.RequestURI(), Body: string(text)}, err
}
