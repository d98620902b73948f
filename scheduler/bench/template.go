package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/views"
)

// fixed is Echo serving the same bytes whatever is asked for.
func fixed(file string) (http.Handler, error) {
	page, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	e := echo.New()
	e.GET("/*", func(c echo.Context) error { return c.HTMLBlob(http.StatusOK, page) })
	return e, nil
}

// reportRow is a row of the table as the template takes it.
type reportRow struct {
	ID, Name, LicenseID, License string
	Last, Next                   time.Time
}

// pageData is what the template makes the page of.
type pageData struct {
	Now     time.Time
	Reports []reportRow
}

// words are the functions of the template; the words of times are the product's.
func words() template.FuncMap {
	return template.FuncMap{
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"absolute": func(t time.Time) string { return views.Clock{}.Absolute(t) },
		"relative": func(t, now time.Time) string { return views.Clock{Now: now}.Relative(t) },
	}
}

// templateOf makes a template out of a page of the product: what belongs to the first row becomes fields, the other rows are
// left out. So the two pages are the same to the byte, and what does not change costs the template nothing.
func templateOf(page []byte, first reportRow) (string, error) {
	text := string(page)
	before, rest, found := strings.Cut(text, "<tbody>")
	rows, after, ended := strings.Cut(rest, "</tbody>")
	row, _, whole := strings.Cut(rows, "</tr>")
	if !found || !ended || !whole || strings.Contains(text, "{{") {
		return "", errors.New("the page has no table to make a template of")
	}
	row = fields(row, "$.Now", ".Last", ".Next")
	row = strings.NewReplacer(
		first.ID, "{{.ID}}", first.LicenseID, "{{.LicenseID}}", first.License, "{{.License}}",
		first.Name, "{{.Name}}", strings.ReplaceAll(first.Name, " ", "%20"), "{{.Name}}", strings.ReplaceAll(first.Name, " ", "+"), "{{.Name}}",
	).Replace(row)
	return fields(before, "$.Now", ".Now") + "<tbody>{{range .Reports}}" + row + "</tr>{{end}}</tbody>" + after, nil
}

// fields puts actions in place of the times of a piece of a page, in their order.
func fields(piece, now string, names ...string) string {
	times := regexp.MustCompile(`<time datetime="[^"]*"(?: title="([^"]*)")?>[^<]*</time>`)
	return times.ReplaceAllStringFunc(piece, func(found string) string {
		if len(names) == 0 {
			return found
		}
		name := names[0]
		names = names[1:]
		if !strings.Contains(found, " title=") {
			return fmt.Sprintf(`<time datetime="{{iso %s}}">{{absolute %s}}</time>`, name, name)
		}
		return fmt.Sprintf(`<time datetime="{{iso %s}}" title="{{absolute %s}}">{{relative %s %s}}</time>`, name, name, name, now)
	})
}

// templated is the page of usage reports by database/sql and html/template. It looks for no session.
func templated(ctx context.Context, database, file string) (http.Handler, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	page, err := template.New("page").Funcs(words()).Parse(string(text))
	if err != nil {
		return nil, err
	}
	db, err := openSQLite(database)
	if err != nil {
		return nil, err
	}
	read, err := prepareReads(ctx, db)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		reports, err := read(r.Context())
		if err == nil {
			err = page.Execute(&body, pageData{Now: clock(), Reports: reports})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(body.Bytes()) //nolint:errcheck // the client is gone
	}), nil
}

// prepareReads prepares what the page reads: its rows, and how many there are as far as it counts them.
func prepareReads(ctx context.Context, db *sql.DB) (func(context.Context) ([]reportRow, error), error) {
	page, err := db.PrepareContext(ctx, `SELECT r.id, r.name, r.license_id, l.name, r.last_report_at, r.next_run_at
FROM reports r JOIN licenses l ON l.id = r.license_id WHERE r.deleted_at IS NULL ORDER BY r.name_key LIMIT 25`)
	if err != nil {
		return nil, err
	}
	total, err := db.PrepareContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM reports WHERE deleted_at IS NULL LIMIT 10001)")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) ([]reportRow, error) {
		var n int
		if err := total.QueryRowContext(ctx).Scan(&n); err != nil {
			return nil, err
		}
		rows, err := page.QueryContext(ctx)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var reports []reportRow
		for rows.Next() {
			var r reportRow
			if err := rows.Scan(&r.ID, &r.Name, &r.LicenseID, &r.License, &r.Last, &r.Next); err != nil {
				return nil, err
			}
			reports = append(reports, r)
		}
		return reports, rows.Err()
	}, nil
}
