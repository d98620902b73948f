// Package web is the HTTP edge of the console: which address leads to which
// handler, who may use it, what every request passes on its way, and what
// becomes of errors.
package web

import (
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"license-manager/handlers"
	"license-manager/static"
)

// Options say how the console meets the network.
type Options struct {
	Console *handlers.Console
	Logger  *slog.Logger
	// PublicURL is where browsers find the console, if that is not where it
	// listens: a proxy may have another name and end TLS. Nil if not known.
	PublicURL *url.URL
	// TrustedProxies may say in X-Forwarded-For for whom they ask.
	TrustedProxies []netip.Prefix
}

// server is what the middleware and the error pages share.
type server struct {
	console *handlers.Console
	logger  *slog.Logger
	origins *http.CrossOriginProtection
	https   bool
	forms   *handlers.Gate[netip.Prefix]
	// transfers are requests that take long, by user.
	transfers *handlers.Gate[int64]
	patience  time.Duration // with transfers
	// compress makes pages smaller on the wire: a table is a tenth then. Files
	// go as they are.
	compress echo.MiddlewareFunc
}

// minCompressed is the size from which compressing pays, in bytes: a packet.
const minCompressed = 1400

// New returns the console as a handler. It fails if the public URL is not one
// of a site.
func New(o Options) (http.Handler, error) {
	s := &server{console: o.Console, logger: o.Logger, origins: http.NewCrossOriginProtection(), forms: handlers.NewGate[netip.Prefix](formLimits()),
		transfers: handlers.NewGate[int64](transferLimits()), patience: transferPatience,
		compress: middleware.GzipWithConfig(middleware.GzipConfig{Level: gzip.BestSpeed, MinLength: minCompressed})}
	if o.PublicURL != nil {
		s.https = o.PublicURL.Scheme == "https"
		if err := s.origins.AddTrustedOrigin(o.PublicURL.Scheme + "://" + o.PublicURL.Host); err != nil {
			return nil, fmt.Errorf("public URL: %w", err)
		}
	}
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = s.handleError
	e.IPExtractor = ipExtractor(o.TrustedProxies)
	e.Use(s.identifyRequest, s.logRequest, s.recoverPanic, s.secureHeaders, s.cleanURL, s.checkOrigin)
	files := echo.WrapHandler(static.Handler())
	e.GET("/static/*", files)
	e.HEAD("/static/*", files)
	for _, r := range Routes(o.Console) {
		s.add(e, r)
	}
	return e, nil
}

// add registers a route with what its kind and access ask for.
func (s *server) add(e *echo.Echo, r Route) {
	chain := []echo.MiddlewareFunc{s.limits(r)}
	if r.Kind == Page {
		chain = append(chain, s.compress)
	}
	if r.Kind != Probe {
		chain = append(chain, s.identify, s.allow(r.Access))
	}
	if r.Kind == Download || r.Kind == Upload {
		chain = append(chain, s.transfer)
	}
	e.Add(r.Method, r.Path, r.Handler, chain...)
	if r.Method == http.MethodGet {
		e.HEAD(r.Path, r.Handler, chain...)
	}
}

// ipExtractor trusts X-Forwarded-For only as far as it was written by proxies
// that are trusted; without any it is the address of the connection.
func ipExtractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		network := &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
		trust = append(trust, echo.TrustIPRange(network))
	}
	return withoutPorts(echo.ExtractIPFromXFFHeader(trust...))
}

// withoutPorts reads addresses as some proxies write them: 192.0.2.1:4711,
// [2001:db8::1]:4711.
func withoutPorts(next echo.IPExtractor) echo.IPExtractor {
	return func(r *http.Request) string {
		addresses := strings.Split(strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ","), ",")
		for i, address := range addresses {
			if a, err := netip.ParseAddrPort(strings.TrimSpace(address)); err == nil {
				addresses[i] = a.Addr().String()
			}
		}
		r.Header.Set(echo.HeaderXForwardedFor, strings.Join(addresses, ","))
		return next(r)
	}
}
