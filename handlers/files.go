package handlers

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
	"license-manager/views"
)

// Files shows and sends what is in the bucket.
type Files struct{ *Console }

// Report is GET /usage-reports/:id/reports/:file: a file of a usage report.
func (h Files) Report(c echo.Context) error {
	run, t, ok := parseFileName(c.Param("file"))
	if !ok {
		return ErrNoPage
	}
	f, err := h.store.File(c.Request().Context(), c.Param("id"), run, t)
	if err != nil {
		return err
	}
	if usage.FileName(f.Key) != c.Param("file") {
		return ErrNoPage
	}
	return h.send(c, f.Bucket, f.Key)
}

// parseFileName reads the run and the type from the name of a file, which is
// made by usage.ReportFileID.
func parseFileName(name string) (run string, t usage.ReportType, ok bool) {
	id, csv := strings.CutSuffix(name, ".csv")
	_, rest, dated := strings.Cut(id, "-")
	dash := strings.LastIndexByte(rest, '-')
	if !csv || !dated || dash < 0 {
		return "", "", false
	}
	run, t = rest[dash+1:], usage.ReportType(rest[:dash])
	return run, t, usage.IsRunID(run) && t.Valid()
}

// Latest is GET /usage-reports/:id/latest.csv: the newest file of a usage
// report, of one type or of any.
func (h Files) Latest(c echo.Context) error {
	f, err := h.store.LatestFile(c.Request().Context(), c.Param("id"), usage.ReportType(c.QueryParam("type")))
	if err != nil {
		return err
	}
	return h.send(c, f.Bucket, f.Key)
}

// Object is GET /s3/object: a file in the bucket by its key.
func (h Files) Object(c echo.Context) error {
	key := c.QueryParam("key")
	if !isReportPath(key) || strings.HasSuffix(key, "/") {
		return ErrNoPage
	}
	settings, err := h.store.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	if settings.Bucket == "" {
		return ErrNoPage
	}
	return h.send(c, settings.Bucket, key)
}

// isReportPath reports whether a key or prefix is one of the files of usage
// reports. Other files in the bucket are none of our business.
func isReportPath(path string) bool {
	segments := strings.Split(path, "/")
	return strings.HasPrefix(path, usage.ReportsPrefix) && !slices.Contains(segments, ".") && !slices.Contains(segments, "..")
}

// send streams an object as a download.
func (h Files) send(c echo.Context, name, key string) error {
	body, object, err := h.s3.Get(c.Request().Context(), name, key)
	if err != nil {
		if errors.Is(err, bucket.ErrNoObject) {
			return h.missing(c, name, key)
		}
		return bucketError(err)
	}
	defer body.Close()
	header := c.Response().Header()
	header.Set(echo.HeaderContentType, contentType(key))
	header.Set(echo.HeaderContentDisposition, attachment(usage.FileName(key)))
	header.Set(echo.HeaderContentLength, strconv.FormatInt(object.Size, 10))
	header.Set(echo.HeaderXContentTypeOptions, "nosniff")
	header.Set(echo.HeaderCacheControl, "private, no-store")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err = io.Copy(c.Response(), body)
	return bucketError(err)
}

func contentType(key string) string {
	if strings.HasSuffix(key, ".csv") {
		return "text/csv; charset=utf-8"
	}
	return echo.MIMEOctetStream
}

// attachment tells the browser to save a file under a name (RFC 6266).
func attachment(name string) string {
	if value := mime.FormatMediaType("attachment", map[string]string{"filename": name}); value != "" {
		return value
	}
	return "attachment"
}

// missing is the page for a file that somebody removed from the bucket.
func (h Files) missing(c echo.Context, bucket, key string) error {
	page, err := h.Page(c, "Not in bucket", views.SectionReports, reportsCrumb(), views.Crumb{Label: "Not in bucket"})
	if err != nil {
		return err
	}
	p := views.NewErrorPage(page, http.StatusNotFound, "")
	p.Heading = "Not in bucket"
	p.Message = notInBucket(bucket, key)
	if id := c.Param("id"); id != "" {
		p.Links = []views.Link{{Label: "View usage report", URL: views.ReportURL(id)}}
	}
	return h.render(c, http.StatusNotFound, views.Error(p), nil)
}

// notInBucket says that a file is not there any more.
func notInBucket(bucket, key string) string {
	return "The bucket " + bucket + " has no file " + key + ". It was published, but somebody has moved or deleted it since. License Manager keeps no copy of the files."
}

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
