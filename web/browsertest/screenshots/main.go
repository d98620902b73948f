// Command screenshots takes the pictures of the documentation: it starts the
// program with an empty data directory, fills it through the console with the
// licenses, resources and reports of a believable company, makes them some days
// old in the database, and photographs the pages.
//
//	go run ./web/browsertest/screenshots -out docs/images
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

const (
	userName = "admin"
	password = "correct horse battery"
)

// limit is how long all pictures may take.
const limit = 5 * time.Minute

func main() {
	out := flag.String("out", filepath.Join("docs", "images"), "folder for the pictures")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) (err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "license-manager-screenshots-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program, err := browsertest.Build(ctx, dir)
	if err != nil {
		return err
	}
	o := browsertest.Options{
		Program: program, DataDir: filepath.Join(dir, "data"),
		Env: []string{"LICENSE_MANAGER_ADMIN_PASSWORD=" + password, "LICENSE_MANAGER_ACCOUNT_ID=123456789012"},
	}
	featured, err := fill(ctx, o)
	if err != nil {
		return err
	}
	if err := age(ctx, o.DataDir); err != nil {
		return err
	}
	process, err := browsertest.Start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, process.Stop(ctx)) }()
	return photograph(process.URL, featured, out)
}

// photograph takes all pictures.
func photograph(base, featured, out string) (err error) {
	b, err := browsertest.OpenBrowser()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	_, err = b.Follow(chromedp.Navigate(base))
	if err == nil {
		_, err = b.Follow(chromedp.Steps(
			chromedp.SendKeys(chromedp.ID("username"), userName),
			chromedp.SendKeys(chromedp.ID("password"), password+"\r"),
		))
	}
	if err != nil {
		return err
	}
	for _, picture := range []struct {
		name, path string
		mode       browsertest.ColorMode
	}{
		{"usage-reports-light.png", "/usage-reports", browsertest.Light},
		{"details-dark.png", featured, browsertest.Dark},
	} {
		if err := take(b, base+picture.path, picture.mode, filepath.Join(out, picture.name)); err != nil {
			return fmt.Errorf("%s: %w", picture.name, err)
		}
	}
	return nil
}

// take writes a picture of a page in a color mode.
func take(b *browsertest.Browser, address string, mode browsertest.ColorMode, file string) error {
	if err := b.Do(browsertest.Prefer(mode)); err != nil {
		return err
	}
	if _, err := b.Follow(chromedp.Navigate(address)); err != nil {
		return err
	}
	// The page is there, but a font may still be on its way.
	if err := b.Do(chromedp.Evaluate[chromedp.Void]("document.fonts.ready.then(() => true)", chromedp.EvalAwaitPromise)); err != nil {
		return err
	}
	png, err := b.Screenshot()
	if err != nil {
		return err
	}
	if complaints := b.Complaints(); len(complaints) > 0 {
		return fmt.Errorf("the browser complains: %q", complaints)
	}
	return os.WriteFile(file, png, 0o644)
}
