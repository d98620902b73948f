package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Details is GET /usage-reports/:id.
func (h Reports) Details(c echo.Context) error {
	p, err := h.details(c)
	if err != nil {
		return h.orTombstone(c, err)
	}
	return h.render(c, http.StatusOK, views.ReportShow(p), views.ReportDetails(p))
}

// details is the details page of the report in the path.
func (h Reports) details(c echo.Context) (views.ReportPage, error) {
	ctx := c.Request().Context()
	var p views.ReportPage
	r, err := h.store.Report(ctx, c.Param("id"))
	if err != nil {
		return p, err
	}
	if p.Report, err = h.item(ctx, r); err != nil {
		return p, err
	}
	if p.Latest, err = h.store.LatestRun(ctx, r.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return p, err
	}
	if r.Status == usage.ReportPending {
		importing, err := h.inventory.Importing(ctx, r.LicenseID)
		if err != nil {
			return p, err
		}
		if importing != nil {
			p.Importing = importing.FileName
		}
	}
	if p.Latests, err = h.downloads(ctx, r.ID); err != nil {
		return p, err
	}
	if p.History, err = h.history(ctx, r.ID, readHistoryList(c, r.ID)); err != nil {
		return p, err
	}
	if r.Status != usage.ReportFailed { // S3 may be what fails, and keep the page waiting
		h.findMissing(ctx, p.History.Rows)
	}
	if p.Page, err = h.Page(c, r.Name, views.SectionReports, reportsCrumb(), views.Crumb{Label: r.Name}); err != nil {
		return p, err
	}
	p.Consumption, err = h.reportConsumption(c, r, p)
	return p, err
}

// reportConsumption reads the chart of a report.
func (h Reports) reportConsumption(c echo.Context, r usage.Report, p views.ReportPage) (views.Consumption, error) {
	license, err := h.store.License(c.Request().Context(), r.LicenseID)
	if err != nil {
		return views.Consumption{}, err
	}
	chart := consumptionOf(c, p.Clock, license)
	chart.Path, chart.Kept = views.ReportURL(r.ID), p.History.List.Params
	chart.NoPoints = "The chart begins with the first report that is published in this time."
	chart.History, err = h.store.ReportConsumption(c.Request().Context(), r, chart.Range.From(p.Now), p.Now, p.Clock.Location())
	return chart, err
}

// item reads what pages show beside a report.
func (h *Console) item(ctx context.Context, r usage.Report) (views.ReportItem, error) {
	license, err := h.store.License(ctx, r.LicenseID)
	if err != nil {
		return views.ReportItem{}, err
	}
	settings, err := h.store.Settings(ctx)
	return h.reportItem(r, license.Name, settings), err
}

// downloads are the report types of which there is a file.
func (h Reports) downloads(ctx context.Context, id string) ([]usage.ReportType, error) {
	var types []usage.ReportType
	for _, t := range usage.AllReportTypes() {
		_, err := h.store.LatestFile(ctx, id, t)
		switch {
		case err == nil:
			types = append(types, t)
		case !errors.Is(err, store.ErrNotFound):
			return nil, err
		}
	}
	return types, nil
}

// readHistoryList is the state of the history in the URL.
func readHistoryList(c echo.Context, id string) views.List {
	l := readList(c, views.ReportURL(id), "", nil)
	l.Params = []views.Param{
		{Name: "type", Value: oneOf(c.QueryParam("type"), usage.AllReportTypes())},
		{Name: "status", Value: oneOf(c.QueryParam("status"), []string{"succeeded", "failed", "open", "canceled"})},
	}
	if r := views.RangeOf(c.QueryParam("range")); r.Value != views.DefaultRange {
		l.Kept = []views.Param{{Name: "range", Value: r.Value}}
	}
	return l
}

func (h Reports) history(ctx context.Context, id string, l views.List) (views.ReportHistory, error) {
	q := store.HistoryQuery{ReportID: id, Type: l.Param("type"), State: l.Param("status"), Page: l.Page, Size: l.Rows()}
	rows, total, err := h.store.History(ctx, q)
	setTotal(&l, total)
	if err == nil && l.Filtered() {
		_, total, err = h.store.History(ctx, store.HistoryQuery{ReportID: id, Page: 1, Size: 1})
	}
	history := views.ReportHistory{List: l, Counter: counted(total)}
	for _, row := range rows {
		history.Rows = append(history.Rows, views.HistoryItem{Run: row.Run, File: row.File, Licenses: row.LicenseChange})
	}
	if err == nil {
		history.Comparable, err = h.comparable(ctx, id)
	}
	return history, err
}

// comparable reports whether the usage report has two runs to compare.
func (h Reports) comparable(ctx context.Context, id string) (bool, error) {
	files, err := h.store.ComparableFiles(ctx, id, 2)
	return len(files) == 2, err
}

// orTombstone answers for a report that was deleted with the page that says
// so; any other error is returned.
func (h *Console) orTombstone(c echo.Context, err error) error {
	if !errors.Is(err, store.ErrDeleted) {
		return err
	}
	ctx := c.Request().Context()
	r, err := h.store.Report(ctx, c.Param("id"))
	if !errors.Is(err, store.ErrDeleted) {
		return err
	}
	p, err := h.tombstone(ctx, r)
	if err != nil {
		return err
	}
	if p.Page, err = h.Page(c, r.Name+" (deleted)", views.SectionReports, reportsCrumb(), views.Crumb{Label: r.Name}); err != nil {
		return err
	}
	return h.render(c, http.StatusGone, views.ReportDeleted(p), nil)
}

// tombstone reads what a deleted report has left in the bucket.
func (h *Console) tombstone(ctx context.Context, r usage.Report) (views.ReportDeletedPage, error) {
	p := views.ReportDeletedPage{Report: views.ReportItem{Report: r}}
	published, err := h.store.Published(ctx, r.ID)
	if err != nil {
		return p, err
	}
	settings, err := h.store.Settings(ctx)
	if err != nil {
		return p, err
	}
	p.Files = published.Files
	for _, folder := range published.Folders {
		p.Folders = append(p.Folders, views.Link{Label: "s3://" + settings.Bucket + "/" + folder, URL: h.folderURL(settings.Bucket, folder)})
	}
	return p, nil
}

// lookTime is how long a page waits for S3 to tell which files are there.
const lookTime = 500 * time.Millisecond

// findMissing marks the files of a history that somebody has removed from the
// bucket. What S3 does not tell in time stays as it was published.
func (h Reports) findMissing(ctx context.Context, rows []views.HistoryItem) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	for folder, files := range byFolder(rows) {
		first := slices.MinFunc(files, func(a, b *views.HistoryItem) int { return strings.Compare(a.File.Key, b.File.Key) })
		keys, more, err := h.s3.Keys(ctx, folder.bucket, folder.prefix, first.File.Key)
		if err != nil && !isMissing(err) {
			return
		}
		for _, file := range files {
			_, there := slices.BinarySearch(keys, file.File.Key)
			file.Missing = !there && (!more || file.File.Key < keys[len(keys)-1])
		}
	}
}

// folder is where files of a usage report with one name are.
type folder struct{ bucket, prefix string }

// byFolder groups what was published.
func byFolder(rows []views.HistoryItem) map[folder][]*views.HistoryItem {
	groups := map[folder][]*views.HistoryItem{}
	for i := range rows {
		if row := &rows[i]; row.File.Published() {
			report := strings.SplitAfterN(row.File.Key, "/", 3) // Reports/, <usage-report-name>/, …
			of := folder{row.File.Bucket, strings.Join(report[:min(len(report), 2)], "")}
			groups[of] = append(groups[of], row)
		}
	}
	return groups
}
