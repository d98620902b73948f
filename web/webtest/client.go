package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"license-manager/store"
	"license-manager/store/usage"
)

// Password is that of every user whom SignIn makes.
const Password = "correct horse battery staple"

// hashing is cheap: a fifth of the time of all tests of pages went into hashes
// that take a while on purpose. What the console itself hashes has tests of its own.
func hashing() *argon2id.Params {
	return &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// Client is a browser without JavaScript.
type Client struct {
	base string
	http *http.Client
	from string // address; empty for that of the test
}

// Visitor returns a browser in which nobody is signed in.
func (c *Console) Visitor(tb testing.TB) *Client {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	client := &Client{base: c.URL, http: &http.Client{Jar: jar, Transport: &http.Transport{}}}
	tb.Cleanup(client.http.CloseIdleConnections)
	return client
}

// From makes the requests of the browser come from an address.
func (c *Client) From(address string) *Client {
	c.from = address
	return c
}

// SignIn returns a browser in which a user of that role is signed in. The
// user has the name of the role and is created where it does not exist.
func (c *Console) SignIn(tb testing.TB, role usage.Role) *Client {
	tb.Helper()
	c.CreateUser(tb, string(role), role)
	client := c.Visitor(tb)
	fields := url.Values{"username": {string(role)}, "password": {Password}}
	r := client.NewRequest(tb, http.MethodPost, "/sign-in", fields)
	client.DoNotFollow(tb, r).WantStatus(tb, http.StatusSeeOther)
	return client
}

// CreateUser makes sure that there is a user of that name, with Password.
func (c *Console) CreateUser(tb testing.TB, name string, role usage.Role) {
	tb.Helper()
	if u, _, err := c.Store.SignInUser(tb.Context(), store.SignInKey(name), ""); err == nil && u.ID != 0 {
		return
	}
	hash, err := argon2id.CreateHash(Password, hashing())
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := c.Store.CreateUser(tb.Context(), c.Act(), usage.User{Name: name, PasswordHash: hash, Role: role}); err != nil {
		tb.Fatal(err)
	}
}

// Get opens a page at a path of the console and follows redirects.
func (c *Client) Get(tb testing.TB, path string) *Page {
	tb.Helper()
	return c.Do(tb, c.NewRequest(tb, http.MethodGet, path, nil))
}

// Fragment asks for a path as htmx does.
func (c *Client) Fragment(tb testing.TB, path string) *Page {
	tb.Helper()
	r := c.NewRequest(tb, http.MethodGet, path, nil)
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Request-Type", "partial")
	return c.Do(tb, r)
}

// Post sends fields and follows redirects.
func (c *Client) Post(tb testing.TB, path string, fields url.Values) *Page {
	tb.Helper()
	return c.Do(tb, c.NewRequest(tb, http.MethodPost, path, fields))
}

// NewRequest is a request as a page of the console would send it, with fields
// as the body of a POST.
func (c *Client) NewRequest(tb testing.TB, method, path string, fields url.Values) *http.Request {
	tb.Helper()
	if method != http.MethodPost {
		return c.request(tb, method, path, nil)
	}
	r := c.request(tb, method, path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func (c *Client) request(tb testing.TB, method, path string, body io.Reader) *http.Request {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, c.base+path, body)
	if err != nil {
		tb.Fatal(err)
	}
	if c.from != "" {
		r.Header.Set("X-Forwarded-For", c.from)
	}
	if method == http.MethodPost {
		r.Header.Set("Origin", c.base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r
}

// Do sends a request with the cookies of the browser and follows redirects.
func (c *Client) Do(tb testing.TB, r *http.Request) *Page {
	tb.Helper()
	return c.send(tb, c.http, r)
}

// DoNotFollow is Do without following redirects: Page.Location has them.
func (c *Client) DoNotFollow(tb testing.TB, r *http.Request) *Page {
	tb.Helper()
	alone := *c.http
	alone.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c.send(tb, &alone, r)
}

func (c *Client) send(tb testing.TB, client *http.Client, r *http.Request) *Page {
	tb.Helper()
	response, err := client.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return newPage(tb, c, response, body)
}

// URL is the address of a path of the console.
func (c *Client) URL(path string) string { return c.base + path }

// Cookies are what the browser would send to the console.
func (c *Client) Cookies(tb testing.TB) []*http.Cookie {
	tb.Helper()
	u, err := url.Parse(c.base)
	if err != nil {
		tb.Fatal(err)
	}
	return c.http.Jar.Cookies(u)
}
