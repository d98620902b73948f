package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"license-manager/store/usage"
)

const firstFiles = 100 // of which the 99th percentile is the last but one

// measureFirstFile creates usage reports one after the other on an idle server with its defaults, and waits for each one's first
// file.
func measureFirstFile(ctx context.Context, b *bench) (err error) {
	dir := b.path("first")
	c, err := b.console(ctx, dir) // makes the database
	if err != nil {
		return err
	}
	if err := c.stop(); err != nil {
		return err
	}
	database := filepath.Join(dir, "license-manager.db")
	licenses, _, err := seed(ctx, database, 1)
	if err != nil {
		return err
	}
	if c, err = b.console(ctx, dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	cookie, err := c.signIn(ctx)
	if err != nil {
		return err
	}
	var times series
	for n := range b.scaled(firstFiles) {
		took, err := c.firstFile(ctx, cookie, licenses[0], n)
		if err != nil {
			return err
		}
		times = append(times, took.Seconds()*1000)
	}
	r := b.book.find("first/file")
	r.ours, r.runs = times.quantile(0.99), len(times)
	r.note = fmt.Sprintf("median %s ms, embedded S3", figure(times.median(), 1))
	b.say("  first file: median %.1f ms, p99 %.1f ms", times.median(), r.ours)
	return nil
}

// firstFile creates a usage report by its form and returns how long it took until its file could be downloaded.
func (c *console) firstFile(ctx context.Context, cookie, license string, n int) (time.Duration, error) {
	began := time.Now()
	answer, err := c.post(ctx, "/usage-reports", cookie, url.Values{
		"name": {fmt.Sprintf("First %04d", n)}, "license": {license}, "type": {string(usage.Summary)}, "frequency": {string(usage.Every24Hours)}, "token": {fmt.Sprintf("%032x", n)},
	})
	if err != nil {
		return 0, err
	}
	if answer.status != http.StatusSeeOther || answer.location == "" {
		return 0, fmt.Errorf("usage report not created: status %d", answer.status)
	}
	address, err := url.Parse(answer.location)
	if err != nil {
		return 0, err
	}
	path := address.Path + "/latest.csv?type=" + string(usage.Summary)
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for {
		if _, err := c.get(ctx, path, cookie); err == nil {
			return time.Since(began), nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}
