package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	pageDefinitions = 100_000
	flatDefinitions = 1_000 // to compare with
	tablePath       = "/usage-reports"
	turns           = 200 // different pages
	// changeEvery is how often somebody else commits a change while the table is read.
	changeEvery = 50 * time.Millisecond
)

// tableSorts are all orders of the table.
func tableSorts() []string {
	var sorts []string
	for _, column := range []string{"name", "status", "license", "frequency", "last-report", "next-report", "created"} {
		sorts = append(sorts, column, "-"+column)
	}
	return sorts
}

// desk is a console with many usage reports, at which somebody is signed in.
type desk struct {
	*console
	dir, cookie string
}

// measurePages measures the table of usage reports.
func measurePages(ctx context.Context, b *bench) (err error) {
	many, err := b.desk(ctx, "pages", b.scaled(pageDefinitions))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, many.stop()) }()
	idle, err := many.memory("VmRSS") // it has shown a page, and checked a password
	if err != nil {
		return err
	}
	few, err := b.desk(ctx, "pages-few", flatDefinitions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, few.stop()) }()
	return errors.Join(b.table(ctx, many, few), b.latencies(ctx, many), b.starts(ctx, many, idle))
}

// desk makes a console with so many usage reports, none of which is due.
func (b *bench) desk(ctx context.Context, name string, definitions int) (*desk, error) {
	d := &desk{dir: b.path(name)}
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		return nil, err
	}
	database := filepath.Join(d.dir, "license-manager.db")
	licenses, report, err := seed(ctx, database, dueLicenses)
	if err != nil {
		return nil, err
	}
	err = fillSQLite(ctx, database, func(f filler) error { return f.reports(ctx, report, licenses, definitions, never()) })
	if err != nil {
		return nil, err
	}
	s, err := openStore(ctx, database, 1)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.AssociateBucket(ctx, act(), benchBucket), s.Close()); err != nil {
		return nil, err
	}
	if d.console, err = b.console(ctx, d.dir); err != nil {
		return nil, err
	}
	d.cookie, err = d.signIn(ctx)
	if err == nil {
		_, err = d.get(ctx, tablePath, d.cookie)
	}
	if err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// anew is the table, page after page and sort after sort, so that each request is for a page that was not asked for before, while
// changes are committed.
func (b *bench) anew(name string, d *desk, definitions int) side {
	pages := max(1, min(turns, definitions/25))
	read := b.loaded(name, target{url: d.url + tablePath + "?page=%d&sort=%s", cookie: d.cookie, from: 1, to: pages, sorts: tableSorts()})
	return side{name, func(ctx context.Context) (float64, error) {
		db, err := openSQLite(filepath.Join(d.dir, "license-manager.db"))
		if err != nil {
			return 0, err
		}
		defer db.Close()
		changing, stop := context.WithCancel(ctx)
		changed := make(chan error, 1)
		go func() {
			changed <- repeat(changing, changeEvery, func() error {
				_, err := db.ExecContext(changing, "UPDATE reports SET version = version + 1 WHERE id = (SELECT max(id) FROM reports)")
				return err
			})
		}()
		requests, err := read.run(ctx)
		stop()
		return requests, errors.Join(err, <-changed)
	}}
}

// table measures how many pages of the table are served in a second, beside others that serve the like.
func (b *bench) table(ctx context.Context, many, few *desk) error {
	page, err := many.get(ctx, tablePath, many.cookie)
	if err != nil {
		return err
	}
	if err := os.WriteFile(b.path("page.html"), page, 0o600); err != nil {
		return err
	}
	echo, err := b.neighbor(ctx, "fixed", b.path("page.html"))
	if err != nil {
		return err
	}
	defer echo.stop()
	templated, err := b.templated(ctx, many, page)
	if err != nil {
		return err
	}
	defer templated.stop()
	sides := []side{
		b.anew("table", many, b.scaled(pageDefinitions)),
		b.loaded("Echo", target{url: echo.url + "/"}),
		b.loaded("html/template", target{url: templated.url + "/"}),
		b.anew("table of few", few, flatDefinitions),
	}
	if b.missing != nil {
		b.book.absent("pages/pocketbase", "not measured: "+firstLine(b.missing.Error()))
	} else {
		pocketbase, err := launch(ctx, b.peer("pocketbase"), b.path("pocketbase"), strconv.Itoa(b.scaled(pageDefinitions)))
		if err != nil {
			return err
		}
		defer pocketbase.stop()
		sides = append(sides, b.loaded("PocketBase", target{url: pocketbase.url + "/api/collections/reports/records?perPage=25&sort=name&page=%d", from: 1, to: turns}))
	}
	figures, err := b.alternate(ctx, sides...)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("wrk, %d connections, about %d bytes, a change every %s", throughputConnections, len(page), changeEvery)
	b.book.set("pages/echo", figures[0], figures[1], note)
	b.book.set("pages/template", figures[0], figures[2], "the peer looks for no session, and shows its first page only")
	b.book.set("pages/flat", figures[0], figures[3], "")
	if len(figures) > 4 {
		b.book.set("pages/pocketbase", figures[0], figures[4], "the peer asks for no session")
	}
	return nil
}

// templated starts the page by html/template and makes sure that it is the same page.
func (b *bench) templated(ctx context.Context, d *desk, page []byte) (*neighbor, error) {
	database := filepath.Join(d.dir, "license-manager.db")
	first, err := firstRow(ctx, database)
	if err != nil {
		return nil, err
	}
	text, err := templateOf(page, first)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(b.path("page.tmpl"), []byte(text), 0o600); err != nil {
		return nil, err
	}
	n, err := b.neighbor(ctx, "template", database, b.path("page.tmpl"))
	if err != nil {
		return nil, err
	}
	theirs, err := (&console{url: n.url}).get(ctx, "/", "")
	if err == nil {
		err = samePage(string(page), string(theirs))
	}
	if err != nil {
		n.stop()
		return nil, err
	}
	return n, nil
}

// firstRow is the row that the page begins with.
func firstRow(ctx context.Context, database string) (reportRow, error) {
	db, err := openSQLite(database)
	if err != nil {
		return reportRow{}, err
	}
	defer db.Close()
	read, err := prepareReads(ctx, db)
	if err != nil {
		return reportRow{}, err
	}
	rows, err := read(ctx)
	if err != nil || len(rows) == 0 {
		return reportRow{}, errors.Join(err, errors.New("the table has no rows"))
	}
	return rows[0], nil
}

// samePage fails unless two pages are the same but for their times, which move on, and for spaces in URLs, which html/template
// escapes in its own way.
func samePage(ours, theirs string) error {
	times := regexp.MustCompile(`<time [^>]*>[^<]*</time>`)
	ours, theirs = times.ReplaceAllString(ours, ""), times.ReplaceAllString(theirs, "")
	ours, theirs = strings.ReplaceAll(ours, "+", "%20"), strings.ReplaceAll(theirs, "+", "%20")
	if ours == theirs {
		return nil
	}
	from := 0
	for from < min(len(ours), len(theirs)) && ours[from] == theirs[from] {
		from++
	}
	excerpt := func(page string) string { return page[max(0, from-40):min(len(page), from+40)] }
	return fmt.Errorf("html/template makes another page: %q, not %q", excerpt(theirs), excerpt(ours))
}

// latencies measures pages that have to look for their rows.
func (b *bench) latencies(ctx context.Context, d *desk) error {
	last := b.scaled(pageDefinitions) / 25
	figures, err := b.alternate(ctx,
		b.slowest("last pages", target{url: d.url + tablePath + "?page=%d", cookie: d.cookie, from: max(1, last-turns), to: last}),
		b.slowest("filtered pages", target{url: d.url + tablePath + "?q=%07d", cookie: d.cookie, from: 777, to: 777 + turns}),
	)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("wrk, %d connections, each page read anew", latencyConnections)
	b.book.set("pages/last", figures[0], nil, note)
	b.book.set("pages/filtered", figures[1], nil, note)
	return nil
}
