package handlers

import (
	"context"
	"errors"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// Runs generates usage reports beside their schedule, and stops that.
type Runs struct{ *Console }

// Generate is POST /usage-reports/:id/run.
func (h Runs) Generate(c echo.Context) error { return h.start(c, h.store.GenerateReport) }

// Retry is POST /usage-reports/:id/runs/:run/retry.
func (h Runs) Retry(c echo.Context) error {
	if !usage.IsRunID(c.Param("run")) {
		return ErrNoPage
	}
	return h.start(c, func(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
		return h.store.RetryRun(ctx, act, id, c.Param("run"))
	})
}

// start makes a run that is due at once.
func (h Runs) start(c echo.Context, begin func(context.Context, usage.Act, string) (usage.Report, error)) error {
	r, err := begin(c.Request().Context(), h.act(c), c.Param("id"))
	var flash views.Flash
	switch {
	case err == nil:
		h.nudge("publish")
		flash = views.Flash{Kind: views.KindSuccess, Title: "Generating a report for " + r.Name + ".", Text: "The report appears in the report history when it is ready."}
	case errors.Is(err, store.ErrRunning):
		flash = views.Flash{Kind: views.KindInfo, Title: "A report for " + r.Name + " is already being generated."}
	case errors.Is(err, store.ErrPaused):
		flash = views.Flash{Kind: views.KindInfo, Title: "Usage report " + r.Name + " is paused.", Text: pausedText}
	default:
		return h.orTombstone(c, err)
	}
	return h.redirect(c, views.ReportURL(r.ID), flash)
}

// Pause is POST /usage-reports/:id/pause.
func (h Runs) Pause(c echo.Context) error {
	r, err := h.store.PauseReport(c.Request().Context(), h.act(c), c.Param("id"))
	if err != nil {
		return h.orTombstone(c, err)
	}
	if r.Status == usage.ReportPaused {
		return h.redirect(c, views.ReportURL(r.ID), views.Flash{Kind: views.KindInfo, Title: "Usage report " + r.Name + " is paused already.", Text: pausedText})
	}
	return h.redirect(c, views.ReportURL(r.ID), views.Flash{Kind: views.KindSuccess, Title: "Paused usage report " + r.Name + ".", Text: pausedText})
}

// Resume is POST /usage-reports/:id/resume.
func (h Runs) Resume(c echo.Context) error {
	r, err := h.store.ResumeReport(c.Request().Context(), h.act(c), c.Param("id"))
	if err != nil {
		return h.orTombstone(c, err)
	}
	if r.Status != usage.ReportPaused {
		return h.redirect(c, views.ReportURL(r.ID), views.Flash{Kind: views.KindInfo, Title: "Usage report " + r.Name + " is not paused."})
	}
	h.nudge("publish")
	return h.redirect(c, views.ReportURL(r.ID), views.Flash{Kind: views.KindSuccess, Title: "Resumed usage report " + r.Name + ".", Text: resumedText})
}
