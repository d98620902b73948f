package handlers

import (
	"context"
	"errors"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// reportSwitch pauses or resumes usage reports, and says so.
type reportSwitch struct {
	do      func(context.Context, usage.Act, string) (usage.Report, error)
	verb    string // "pause", as for selectFlash
	done    string // "Paused"
	text    string // under it, about one
	several string // about several
	already func(usage.Report) bool
	state   string // of those that are left as they are: "was paused already"
}

// namesInFlash is how many names a flash tells before it counts them.
const namesInFlash = 5

// What pausing and resuming a usage report means.
const (
	pausedText  = "No reports are generated until you resume it."
	resumedText = "The next report is generated within 60 minutes."
)

// PauseSeveral is POST /usage-reports/pause.
func (h Reports) PauseSeveral(c echo.Context) error {
	return h.switchSeveral(c, reportSwitch{
		do: h.store.PauseReport, verb: "pause", done: "Paused",
		text: pausedText, several: "No reports are generated until you resume them.",
		already: func(r usage.Report) bool { return r.Status == usage.ReportPaused }, state: "paused already",
	})
}

// ResumeSeveral is POST /usage-reports/resume.
func (h Reports) ResumeSeveral(c echo.Context) error {
	return h.switchSeveral(c, reportSwitch{
		do: h.store.ResumeReport, verb: "resume", done: "Resumed",
		text: resumedText, several: "The next reports are generated within 60 minutes.",
		already: func(r usage.Report) bool { return r.Status != usage.ReportPaused }, state: "not paused",
	})
}

// switchSeveral does it to each of the selected reports by itself: one that is
// deleted meanwhile doesn't keep the others from it.
func (h Reports) switchSeveral(c echo.Context, s reportSwitch) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	ids := reportIDs(fields["id"])
	if len(ids) == 0 {
		return h.redirect(c, backTo(c, reportsPath), selectFlash(s.verb)...)
	}
	var changed, unchanged []string
	gone := 0
	for _, id := range ids {
		r, err := s.do(c.Request().Context(), h.act(c), id)
		switch {
		case errors.Is(err, store.ErrDeleted), errors.Is(err, store.ErrNotFound):
			gone++
		case err != nil:
			return err
		case s.already(r):
			unchanged = append(unchanged, r.Name)
		default:
			changed = append(changed, r.Name)
		}
	}
	if len(changed) > 0 {
		h.nudge("publish")
	}
	return h.redirect(c, backTo(c, reportsPath), s.flash(changed, unchanged, gone))
}

// flash says what became of each.
func (s reportSwitch) flash(changed, unchanged []string, gone int) views.Flash {
	f := views.Flash{Kind: views.KindSuccess}
	var texts []string
	switch n := len(changed); n {
	case 0:
		f.Kind, f.Title = views.KindInfo, "No usage report was "+strings.ToLower(s.done)+"."
	case 1:
		f.Title, texts = s.done+" usage report "+changed[0]+".", []string{s.text}
	default:
		f.Title = s.done + " " + views.Count(int64(n), "usage report", "usage reports") + "."
		texts = []string{s.several}
	}
	switch n := len(unchanged); {
	case n == 1:
		texts = append(texts, unchanged[0]+" was "+s.state+".")
	case n > namesInFlash:
		texts = append(texts, views.Count(int64(n), "usage report", "usage reports")+" were "+s.state+".")
	case n > 1:
		texts = append(texts, views.JoinNames(unchanged...)+" were "+s.state+".")
	}
	if gone > 0 {
		texts = append(texts, views.Count(int64(gone), "usage report doesn’t exist", "usage reports don’t exist")+" any more.")
	}
	f.Text = strings.Join(texts, " ")
	return f
}
