package handlers

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
	"license-manager/views"
)

// filesListed is how many folders and files a page of the bucket shows.
const filesListed = 100

// Folder is GET /s3: what is in the bucket under a prefix.
func (h Files) Folder(c echo.Context) error {
	prefix, ok := readPrefix(c.QueryParam("prefix"))
	if !ok {
		return ErrNoPage
	}
	settings, err := h.store.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	p, status := views.FilesPage{Prefix: prefix}, http.StatusOK
	if settings.Bucket != "" && settings.BucketReady {
		if address, aws := h.s3.ConsoleURL(settings.Bucket, prefix); aws {
			return c.Redirect(http.StatusSeeOther, address)
		}
		p.Bucket = settings.Bucket
		if err := h.list(c, &p); err != nil {
			p.Problem, status = bucket.Explain(err).Words, http.StatusBadGateway
		}
	}
	if p.Page, err = h.Page(c, strings.TrimSuffix(prefix, "/"), views.SectionReports, trail(prefix)...); err != nil {
		return err
	}
	return h.render(c, status, views.Files(p), nil)
}

// readPrefix is the folder that the URL names, that of all reports if none.
func readPrefix(prefix string) (string, bool) {
	if prefix == "" {
		return usage.ReportsPrefix, true
	}
	if !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	return prefix, isReportPath(prefix)
}

// list reads a page of the folder. A place to go on from that was made up
// leads to the first page.
func (h Files) list(c echo.Context, p *views.FilesPage) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), bucketWait)
	defer cancel()
	after := c.QueryParam("after")
	listing, err := h.s3.List(ctx, p.Bucket, p.Prefix, after, filesListed)
	if err != nil && after != "" && !bucket.Explain(err).Retryable {
		after = ""
		listing, err = h.s3.List(ctx, p.Bucket, p.Prefix, after, filesListed)
	}
	if err != nil {
		return err
	}
	for _, folder := range listing.Folders {
		p.Folders = append(p.Folders, views.Link{Label: strings.TrimPrefix(folder, p.Prefix), URL: prefixURL(folder, "")})
	}
	for _, file := range listing.Files {
		p.Files = append(p.Files, views.FileItem{
			Name: strings.TrimPrefix(file.Key, p.Prefix), URL: "/s3/object?key=" + url.QueryEscape(file.Key), Size: file.Size, ModifiedAt: file.ModifiedAt,
		})
	}
	if after != "" {
		p.First = prefixURL(p.Prefix, "")
	}
	if listing.Next != "" {
		p.Next = prefixURL(p.Prefix, listing.Next)
	}
	return nil
}

func prefixURL(prefix, after string) string {
	query := "/s3?prefix=" + url.QueryEscape(prefix)
	if after != "" {
		query += "&after=" + url.QueryEscape(after)
	}
	return query
}

// trail is the way from all usage reports to a folder.
func trail(prefix string) []views.Crumb {
	crumbs := []views.Crumb{reportsCrumb()}
	for i := range len(prefix) {
		if prefix[i] == '/' {
			start := strings.LastIndexByte(prefix[:i], '/') + 1
			crumbs = append(crumbs, views.Crumb{Label: prefix[start:i], URL: prefixURL(prefix[:i+1], "")})
		}
	}
	return crumbs
}
