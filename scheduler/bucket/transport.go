package bucket

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// How a hung server is left: connecting and the TLS handshake have ten seconds
// each, and from then on no connection may be silent for longer than
// Options.Silence, whether the client waits for an answer, for more of a
// download, or for the server to take the next 64 KiB of an upload. A transfer
// that moves goes on; there is no limit on the whole. The SDK's own read
// timeout would not do: it kills long uploads, during which nothing is read, and
// does not see one that is stuck.
const (
	connectTimeout = 10 * time.Second
	writeChunk     = 64 << 10 // bytes per deadline: a part of 8 MiB in one write may be slow but not silent
	// idlePerHost keeps the connections of 256 uploads at once, the most that the
	// product runs; net/http's default of 2 would reconnect for each.
	idlePerHost = 256
	// idleTimeout stays below the usual keep-alive of servers and load balancers
	// (60 s), so that a request seldom meets a connection about to be closed.
	idleTimeout = 45 * time.Second
)

// httpClient is the SDK's own client with our limits, so that AWS_CA_BUNDLE and
// the proxy variables keep working.
func (o Options) httpClient() aws.HTTPClient {
	if o.HTTPClient != nil {
		return o.HTTPClient
	}
	silence := o.Silence
	if silence <= 0 {
		silence = defaultSilence
	}
	connect := min(connectTimeout, silence)
	dialer := &net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watchedConn{Conn: conn, silence: silence}, nil
		}
		t.TLSHandshakeTimeout = connect
		t.ResponseHeaderTimeout = silence
		t.IdleConnTimeout = idleTimeout
		t.MaxIdleConns = 2 * idlePerHost
		t.MaxIdleConnsPerHost = idlePerHost
	})
}

// redirecting has the client follow only redirects that keep the method and the
// scheme. A redirect from http to https would answer a wrong signature; told as
// a redirect it names the address to set.
func redirecting(c aws.HTTPClient) aws.HTTPClient {
	client := http.Client{}
	switch c := c.(type) {
	case *awshttp.BuildableClient:
		client.Transport = c.GetTransport()
	case *http.Client:
		client = *c
	default:
		return c
	}
	client.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		keepsMethod := to.Response.StatusCode == http.StatusTemporaryRedirect || to.Response.StatusCode == http.StatusPermanentRedirect
		if !keepsMethod || to.URL.Scheme != via[0].URL.Scheme {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &client
}

// expecting makes net/http wait for the server's "100 Continue" before it sends a
// body of 2 MiB or more. The SDK asks for it, but its requests do not say that
// they are HTTP/1.1, so net/http would not wait, and the reason of a refusal
// would be lost in a connection reset.
type expecting struct{ aws.HTTPClient }

// Do sends the request.
func (c expecting) Do(r *http.Request) (*http.Response, error) {
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	return c.HTTPClient.Do(r)
}

// watchedConn fails a read or a write that moves no byte for the given time.
type watchedConn struct {
	net.Conn
	silence time.Duration
	expired atomic.Bool
}

// Read waits for a byte as long as silence allows.
func (c *watchedConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, c.reason(err)
	}
	n, err := c.Conn.Read(p)
	return n, c.reason(err)
}

// Write extends the deadline for each chunk, and that of the pending read too:
// while a body is on its way up no answer is due.
func (c *watchedConn) Write(p []byte) (written int, err error) {
	for {
		chunk := p[written:min(len(p), written+writeChunk)]
		if err := c.SetDeadline(time.Now().Add(c.silence)); err != nil {
			return written, c.reason(err)
		}
		n, err := c.Conn.Write(chunk)
		written += n
		if err != nil || written == len(p) {
			return written, c.reason(err)
		}
	}
}

// reason keeps the cause: net/http closes the connection when a read has expired,
// and the write that waits beside it would only know that it was closed.
func (c *watchedConn) reason(err error) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.expired.Store(true)
	case errors.Is(err, net.ErrClosed) && c.expired.Load():
		return os.ErrDeadlineExceeded
	}
	return err
}
