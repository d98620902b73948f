package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// runsOffered is how many runs there are to choose from; an address may name
// an older one.
const runsOffered = 100

// Compare is GET /usage-reports/:id/compare: how the resources of run b differ
// from those of run a.
func (h Reports) Compare(c echo.Context) error {
	p, status, err := h.comparison(c)
	if err == nil && p.Chosen() {
		status, err = h.compare(c.Request().Context(), &p)
	}
	if err != nil {
		return h.orTombstone(c, err)
	}
	return h.render(c, status, views.Compare(p), views.CompareContent(p))
}

// CompareFile is GET /usage-reports/:id/compare.csv: the same as a file. What
// stands in the way before its first byte is said on the page.
func (h Reports) CompareFile(c echo.Context) error {
	p, status, err := h.comparison(c)
	if err == nil && p.Chosen() {
		if err = h.sendDifference(c, p); err == nil {
			return nil
		}
		if !c.Response().Committed {
			status, err = h.explainDifference(&p, err)
		}
	}
	if err != nil {
		return h.orTombstone(c, err)
	}
	if status == http.StatusOK { // nothing to compare yet
		status = http.StatusNotFound
	}
	return h.render(c, status, views.Compare(p), nil)
}

// comparison reads which runs are to be compared. A choice that can't be is
// told on the page, with its status.
func (h Reports) comparison(c echo.Context) (p views.ComparePage, status int, err error) {
	ctx := c.Request().Context()
	if p.Report, err = h.store.Report(ctx, c.Param("id")); err != nil {
		return p, 0, err
	}
	if p.Runs, err = h.store.ComparableFiles(ctx, p.Report.ID, runsOffered); err != nil {
		return p, 0, err
	}
	if status, err = h.chooseRuns(c, &p); err != nil {
		return p, 0, err
	}
	p.List = readList(c, views.CompareURL(p.Report.ID, "", ""), "", nil)
	p.List.Params = []views.Param{{Name: "change", Value: oneOf(c.QueryParam("change"), usage.DifferenceKinds())}}
	p.List.Kept = []views.Param{{Name: "a", Value: p.Earlier.RunID}, {Name: "b", Value: p.Later.RunID}}
	crumb := views.Crumb{Label: p.Report.Name, URL: views.ReportURL(p.Report.ID)}
	p.Page, err = h.Page(c, "Compare two runs of "+p.Report.Name, views.SectionReports, reportsCrumb(), crumb, views.Crumb{Label: "Compare"})
	return p, status, err
}

// chooseRuns finds the runs that the address names: the last two if it names
// none.
func (h Reports) chooseRuns(c echo.Context, p *views.ComparePage) (status int, err error) {
	if c.QueryParam("a") == "" && c.QueryParam("b") == "" && len(p.Runs) < 2 {
		return http.StatusOK, nil
	}
	var statuses [2]int // 0 where nothing is wrong
	for i, choice := range []struct {
		field, label string
		file         *usage.File
	}{{"a", "From", &p.Earlier}, {"b", "To", &p.Later}} {
		if *choice.file, statuses[i], err = h.chooseRun(c, p, choice.field, choice.label); err != nil {
			return 0, err
		}
	}
	if status = max(statuses[0], statuses[1]); status != 0 {
		return status, nil
	}
	if !p.Later.Published() {
		p.Later = p.Runs[0]
	}
	if !p.Earlier.Published() {
		p.Earlier = before(p.Runs, p.Later)
	}
	return checkChoice(p), nil
}

// checkChoice tells what is wrong with the two together.
func checkChoice(p *views.ComparePage) (status int) {
	switch {
	case !p.Earlier.Published():
		p.Errors.Add("a", "From", "Choose a run.")
	case p.Earlier.RunID == p.Later.RunID:
		p.Errors.Add("b", "To", "Choose another run than the one under From.")
	default:
		return http.StatusOK
	}
	return http.StatusUnprocessableEntity
}

// before is the newest of the files that is older than one of them.
func before(files []usage.File, later usage.File) usage.File {
	for _, f := range files {
		if f.PublishedAt.Before(*later.PublishedAt) {
			return f
		}
	}
	return usage.File{}
}

// chooseRun finds the file of the run that a parameter names, by the id of the
// run or of its file. status is not 0 where it can't be compared.
func (h Reports) chooseRun(c echo.Context, p *views.ComparePage, field, label string) (f usage.File, status int, err error) {
	name := c.QueryParam(field)
	if name == "" {
		return usage.File{}, 0, nil
	}
	ctx, id := c.Request().Context(), runOf(name)
	f, err = h.store.File(ctx, p.Report.ID, id, usage.ResourceUsage)
	if err == nil {
		p.Runs = withFile(p.Runs, f)
		return f, 0, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return f, 0, err
	}
	run, err := h.store.Run(ctx, p.Report.ID, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		p.Errors.Add(field, label, "This usage report has no such run. Choose another one.")
		return usage.File{}, http.StatusNotFound, nil
	case err != nil:
		return usage.File{}, 0, err
	case !run.Types.Has(usage.ResourceUsage):
		p.Errors.Add(field, label, "This run has no resource usage report, only a summary. Choose another one.")
	default:
		p.Errors.Add(field, label, "This run has not published its resource usage report. Choose another one.")
	}
	return usage.File{}, http.StatusUnprocessableEntity, nil
}

// runOf is the id of the run that a text names: it may be that of a file.
func runOf(name string) string {
	if run, _, ok := parseFileName(strings.TrimSuffix(name, ".csv") + ".csv"); ok {
		return run
	}
	return name
}

// withFile adds a file that is not among the newest ones.
func withFile(files []usage.File, f usage.File) []usage.File {
	for _, other := range files {
		if other.RunID == f.RunID {
			return files
		}
	}
	return append(files, f)
}

// compare reads a page of what differs. What hinders it is told on the page.
func (h Reports) compare(ctx context.Context, p *views.ComparePage) (status int, err error) {
	kind := usage.DifferenceKind(p.List.Param("change"))
	for beyond := true; beyond; {
		w := &window{kind: kind, first: int64(p.List.Page-1) * int64(p.List.Rows()), size: p.List.Rows()}
		count, err := h.readWindow(ctx, p, w)
		if err != nil {
			return h.explainDifference(p, err)
		}
		p.Difference = &views.Difference{Count: count, Rows: w.rows}
		beyond = setExactPages(&p.List, count.Of(kind))
	}
	return http.StatusOK, h.findTracked(ctx, p.Difference)
}

// setExactPages tells the list how many rows match. It reports whether the page
// is beyond the last one: the list is then at that.
func setExactPages(l *views.List, total int64) (beyond bool) {
	size := int64(l.Rows())
	l.Pages = max(int((total+size-1)/size), 1)
	if l.Filtered() {
		l.Matches = views.Count(total, "match", "matches")
	}
	beyond = l.Page > l.Pages
	l.Page = min(l.Page, l.Pages)
	return beyond
}

// findTracked finds out which resources have a page that readers may see.
func (h Reports) findTracked(ctx context.Context, d *views.Difference) error {
	var q store.ResourceQuery
	if _, err := h.scope(ctx, &q); err != nil || len(d.Rows) == 0 {
		return err
	}
	ids := make([]string, len(d.Rows))
	for i, row := range d.Rows {
		ids[i] = row.ResourceID
	}
	var err error
	d.Tracked, err = h.store.ResourcesAmong(ctx, ids, q.Account)
	return err
}
