package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long one step in a browser may take on a busy machine.
const patience = 30 * time.Second

// askEvery is how often a page is asked whether it is loaded.
const askEvery = 10 * time.Millisecond

// The size of the window, in CSS pixels.
const (
	WindowWidth  = 1440
	WindowHeight = 900
)

// Browser is a Chromium with a new profile and one tab.
type Browser struct {
	ctx        context.Context
	cancel     context.CancelFunc
	complaints complaints
	downloads  string // directory of files that were downloaded
	followed   int    // steps that led to another page
}

// OpenBrowser starts Chromium without a window.
func OpenBrowser() (*Browser, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("journeys need the browser of Debian's package chromium: %w", err)
	}
	downloads, err := os.MkdirTemp("", "license-manager-downloads-")
	if err != nil {
		return nil, err
	}
	b := &Browser{downloads: downloads}
	// It makes a new profile, and removes it in the end.
	b.ctx, b.cancel = chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(
		chromedp.ExecPath(chromium), chromedp.NoSandbox,
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	))
	if err := b.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("start chromium: %w", err), b.Close())
	}
	return b, nil
}

// prepare starts the browser and listens to what happens in its tab.
func (b *Browser) prepare() error {
	if err := chromedp.Do(b.ctx); err != nil {
		return err
	}
	if err := chromedp.Listen(b.ctx, b.listen); err != nil {
		return err
	}
	yes := true
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: b.downloads, EventsEnabled: &yes,
	})
	if err != nil {
		return err
	}
	return b.Do(chromedp.EmulateViewport(WindowWidth, WindowHeight), func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, audits.Enable, cdp.Empty{})
		if err == nil {
			_, err = cdp.Call(ctx, t, runtime.AddBinding, runtime.AddBindingParams{Name: violationBinding})
		}
		if err == nil {
			_, err = cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: reportViolations})
		}
		return chromedp.Void{}, err
	})
}

// listen notes what pages complain about, and answers what the browser asks:
// whoever goes to another page means it, whatever was typed.
func (b *Browser) listen(event any) {
	opening, asks := event.(*page.EventJavascriptDialogOpening)
	if !asks {
		b.complaints.listen(event)
		return
	}
	leaves := opening.Type == page.DialogTypeBeforeunload
	if !leaves {
		b.complaints.add("dialog " + opening.Message)
	}
	go func() { // the answer comes as an event, too
		if _, err := chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: leaves}); err != nil {
			b.complaints.add("dialog not answered: " + err.Error())
		}
	}()
}

// Do carries out steps in the tab, each within its time.
func (b *Browser) Do(steps ...chromedp.Action[chromedp.Void]) error {
	for _, step := range steps {
		if _, err := Ask(b, step); err != nil {
			return err
		}
	}
	return nil
}

// Ask carries out one step that has a result.
func Ask[T any](b *Browser, step chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, step)
}

// Follow does the step that leads to another page, waits until that is loaded,
// and returns its status. It asks the page itself: of the browser's events, one
// that a script causes on the page before looks as if it had been left.
func (b *Browser) Follow(step chromedp.Action[chromedp.Void]) (status int, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	b.followed++
	stays := fmt.Sprintf("window.followed === %d", b.followed)
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("window.followed = %d; undefined", b.followed)), step); err != nil {
		return 0, err
	}
	arrived := fmt.Sprintf(`%s || document.readyState !== "complete" ? -1 : performance.getEntriesByType("navigation")[0].responseStatus`, stays)
	every := time.NewTicker(askEvery)
	defer every.Stop()
	for {
		status, err := chromedp.Run(ctx, chromedp.Evaluate[int](arrived))
		if err == nil && status >= 0 {
			return status, nil
		}
		select {
		case <-ctx.Done():
			return 0, errors.Join(ctx.Err(), err)
		case <-every.C:
		}
	}
}

// Complaints returns what pages gave to complain about since the last call:
// messages on the console, exceptions, violations of the content security
// policy, requests that failed, and issues that the browser found.
func (b *Browser) Complaints() []string { return b.complaints.take() }

// AllowStatus makes answers with that status no complaint where they are asked
// for at url.
func (b *Browser) AllowStatus(status int, url string) {
	b.complaints.allow(fmt.Sprintf("log error %s: Failed to load resource: the server responded with a status of %d ", url, status))
}

// Download does the step that makes the browser download a file, and returns
// its suggested name and its content.
func (b *Browser) Download(step chromedp.Action[chromedp.Void]) (name string, content []byte, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	begun := chromedp.BrowserEvents(ctx, browser.DownloadWillBegin)
	progress := chromedp.BrowserEvents(ctx, browser.DownloadProgress)
	if err := chromedp.Do(ctx, step); err != nil {
		return "", nil, err
	}
	var id string
	for event, err := range begun {
		if err != nil {
			return "", nil, fmt.Errorf("no download began: %w", err)
		}
		id, name = event.GUID, event.SuggestedFilename
		break
	}
	for event, err := range progress {
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("download %s: %w", name, err)
		case event.GUID != id || event.State == browser.DownloadProgressStateInProgress:
		case event.State == browser.DownloadProgressStateCanceled:
			return "", nil, fmt.Errorf("download %s was canceled", name)
		default:
			content, err = os.ReadFile(filepath.Join(b.downloads, id))
			return name, content, err
		}
	}
	return "", nil, fmt.Errorf("download %s did not end", name)
}

// Screenshot returns a picture of what the tab shows, as PNG.
func (b *Browser) Screenshot() ([]byte, error) { return Ask(b, chromedp.CaptureScreenshot()) }

// Close ends the browser and removes what it kept.
func (b *Browser) Close() error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	err := chromedp.Cancel(ctx)
	b.cancel()
	return errors.Join(err, os.RemoveAll(b.downloads))
}
