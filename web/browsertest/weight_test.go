package browsertest_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

// What a page with 25 rows may weigh on the wire, in bytes, when a browser comes for the first time and when it comes again.
const (
	firstWeight  = 75 << 10
	repeatWeight = 10 << 10
)

// weight loads the table of usage reports with 25 rows twice.
func weight(t *testing.T, s suite) {
	program := s.start(t, browsertest.Options{Env: []string{adminPassword, accountID}})
	client := signedIn(t, program)
	license := submit(t, client, "/self-managed-licenses", url.Values{"name": {licenseName}, "counting_type": {"Core"}, "license_count": {"480"}})
	for i := range 25 {
		submit(t, client, "/usage-reports", url.Values{
			"name": {fmt.Sprintf("oracle-ee-%02d", i)}, "license": {license[strings.LastIndexByte(license, '/')+1:]},
			"frequency": {"24h"}, "type": {"summary", "resource-usage"},
		})
	}
	p := s.browse(t, program.URL)
	p.open("/sign-in?next=/usage-reports")
	p.signIn()
	p.want("Usage reports (25)")
	awaitIdle(t, client, 25)
	p.open("/usage-reports")
	p.weighs("again", repeatWeight)
	p.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, network.ClearBrowserCache, cdp.Empty{})
		return chromedp.Void{}, err
	})
	p.open("/usage-reports")
	p.weighs("for the first time", firstWeight)
}

// weighs checks how many bytes came over the wire for the page and all that it needs.
func (p *page) weighs(when string, limit int64) {
	p.t.Helper()
	const transferred = `["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type)).reduce((sum, e) => sum + e.transferSize, 0)`
	got := ask(p, chromedp.Evaluate[int64](transferred))
	p.t.Logf("%s %s: %d bytes", p.path(), when, got)
	if got == 0 || got > limit {
		p.t.Errorf("%s %s takes %d bytes, at most %d may be", p.path(), when, got, limit)
	}
}
