// Package handlers answers the requests of the console. A handler does four
// things in this order: it reads the request, calls the store, chooses the
// view, and returns. It does not log, begin a transaction or call another
// handler; an error that it returns becomes a page in web/errors.go.
//
// The handlers of a noun are the methods of a type that embeds Console, in a
// file with the name of the noun:
//
//	// Reports answers for usage reports.
//	type Reports struct{ *Console }
//
//	// Details is GET /usage-reports/:id.
//	func (h Reports) Details(c echo.Context) error {
//		report, err := h.store.Report(c.Request().Context(), c.Param("id"))
//		if err != nil {
//			return err // store.ErrNotFound becomes the 404 page
//		}
//		page, err := h.Page(c, report.Name, views.SectionReports, views.Crumb{Label: "Usage reports", URL: "/usage-reports"}, views.Crumb{Label: report.Name})
//		if err != nil {
//			return err
//		}
//		p := views.ReportPage{Page: page, …}
//		return h.render(c, http.StatusOK, views.ReportShow(p), nil)
//	}
//
// A line in the table of web/routes.go gives it its address and the role that
// it needs (Kind is Page, Download for files of any length, Upload for imports):
//
//	{get, "/usage-reports/:id", viewer, Page, reports.Details},
//
// What there is to work with:
//
//   - h.open and h.submit answer for a form: GET shows it, POST saves it or
//     shows it again. A submission says what its steps are.
//   - form(c) gives the posted fields where there is no form to show again.
//   - h.act(c) says who does it, for the store; h.now() is the moment.
//   - h.render(c, status, page, fragment) answers with the page, or with the
//     fragment where htmx asks.
//   - h.redirect(c, path, views.Flash{…}) answers a POST; the flashes are shown
//     on the next page.
//   - views.NewFieldErrors(errs, views.Field{ID: "name", Label: "Name"}) turns
//     usage.FieldErrors of the store into those of a form.
//   - h.nudge("publish") after a change that makes a report due.
//   - bucketError(err) for errors of h.s3, and bucket.Explain where the
//     page shows the reason itself.
//   - h.folderURL(bucket, prefix) leads to the files under a prefix.
//   - localPath(next, fallback) for every path that comes from a request.
//   - &ForbiddenError{…} where a role is not enough for a part of a page.
//
// Errors of the store need no translation: not found is 404, stale and in use
// 409, deleted 410, not available 503, everything else 500 with the id of the
// request. A query value may be anything; NUL and invalid UTF-8 have been
// removed, and a path that has them answered.
package handlers
