package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Search answers for the search in the top bar.
type Search struct{ *Console }

// searchRows is how many of each kind the page lists, before it leads to the
// list of all.
const searchRows = 10

// Show is GET /search.
func (h Search) Show(c echo.Context) error {
	ctx := c.Request().Context()
	typed := searchText(c)
	p, err := h.find(ctx, typed)
	if err != nil {
		return err
	}
	if p.Page, err = h.Page(c, "Search", "", views.Crumb{Label: "Search"}); err != nil {
		return err
	}
	p.Search = typed
	return h.render(c, http.StatusOK, views.SearchResults(p), nil)
}

// find looks for the ways to write the same, one after the other until
// something is found.
func (h Search) find(ctx context.Context, typed string) (p views.SearchPage, err error) {
	for _, p.Text = range spellings(typed) {
		for _, find := range []func(context.Context, *views.SearchPage) error{h.licenses, h.reports, h.resources, h.tags} {
			if err := find(ctx, &p); err != nil {
				return p, err
			}
		}
		if p.Found() {
			return p, nil
		}
	}
	p.Text = typed
	return p, nil
}

// spellings are what a text may mean: an account as pages show it is looked for
// as it is stored, and a tag that is typed as key=value as key:value first.
func spellings(typed string) []string {
	text := plainAccount(typed)
	if tag := strings.Replace(text, "=", ":", 1); tag != text {
		return []string{tag, text}
	}
	if text == "" {
		return nil
	}
	return []string{text}
}

// licenses finds licenses; the one with just that id comes first.
func (h Search) licenses(ctx context.Context, p *views.SearchPage) error {
	rows, total, err := h.store.Licenses(ctx, store.LicenseQuery{Text: p.Text, Page: 1, Size: searchRows, Now: h.now()})
	if err != nil {
		return err
	}
	if id := usage.IDIn(p.Text); usage.IsLicenseID(id) {
		exact, err := h.store.LicenseRow(ctx, id)
		if err == nil {
			rows = first(rows, exact, func(l store.LicenseRow) bool { return l.ID == id })
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	for _, row := range rows {
		p.Licenses = append(p.Licenses, licenseRow(row))
	}
	p.LicenseCount = counted(total)
	return nil
}

// reports finds usage reports; the one with just that id comes first, even if
// it was deleted.
func (h Search) reports(ctx context.Context, p *views.SearchPage) error {
	rows, total, err := h.store.Reports(ctx, store.ReportQuery{Text: p.Text, Page: 1, Size: searchRows, Now: h.now()})
	if err != nil {
		return err
	}
	if id := usage.IDIn(p.Text); usage.IsReportID(id) {
		exact, err := h.reportRow(ctx, id)
		if err == nil {
			rows = first(rows, exact, func(r store.ReportRow) bool { return r.ID == id })
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		total = max(total, int64(len(rows)))
	}
	settings, err := h.store.Settings(ctx)
	for _, row := range rows {
		p.Reports = append(p.Reports, h.reportItem(row.Report, row.LicenseName, settings))
	}
	p.ReportCount = counted(total)
	return err
}

// reportRow reads one report as in a list; its license may be gone if it was
// deleted.
func (h Search) reportRow(ctx context.Context, id string) (store.ReportRow, error) {
	r, err := h.store.Report(ctx, id)
	if err != nil && !errors.Is(err, store.ErrDeleted) {
		return store.ReportRow{}, err
	}
	l, err := h.store.License(ctx, r.LicenseID)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return store.ReportRow{Report: r, LicenseName: l.Name}, err
}

// first puts a row before all others, among which it may be.
func first[T any](rows []T, row T, same func(T) bool) []T {
	rows = append([]T{row}, slices.DeleteFunc(rows, same)...)
	return rows[:min(len(rows), searchRows)]
}

// resources finds tracked resources that the list of them may show.
func (h Search) resources(ctx context.Context, p *views.SearchPage) error {
	var scope store.ResourceQuery
	if _, err := h.scope(ctx, &scope); err != nil {
		return err
	}
	rows, total, err := h.store.Resources(ctx, store.ResourceQuery{Text: p.Text, Beginning: true, Account: scope.Account, Page: 1, Size: searchRows})
	if err != nil {
		return err
	}
	exact, _, err := h.store.Resources(ctx, store.ResourceQuery{ID: p.Text, Account: scope.Account, Page: 1, Size: 1})
	if err != nil {
		return err
	}
	if len(exact) > 0 {
		rows = first(rows, exact[0], func(r store.ResourceRow) bool { return r.ID == p.Text })
	}
	for _, row := range rows {
		p.Resources = append(p.Resources, resourceRow(row))
	}
	p.ResourceCount = counted(total)
	return err
}

// tags reads the tags by which licenses and reports were found.
func (h Search) tags(ctx context.Context, p *views.SearchPage) (err error) {
	var owners []string
	for _, l := range p.Licenses {
		owners = append(owners, l.ID)
	}
	for _, r := range p.Reports {
		owners = append(owners, r.ID)
	}
	p.Tags, err = h.store.TagsWith(ctx, p.Text, owners)
	return err
}
