package handlers

import (
	"context"
	"strings"

	"github.com/labstack/echo/v4"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/views"
)

// reportSwitch pauses or resumes usage reports, and says so.
type reportSwitch struct {
	do      func(context.Context, usage.Act, []string) (store.Switched, error)
	verb    string // "pause", as for selectFlash
	done    string // "Paused"
	text    string // under it, about one
	several string // about several
	state   string // of those that are left as they are: "was paused already"
}

// namesInFlash is how many names a flash tells before it counts them.
const namesInFlash = 5

// What pausing and resuming a usage report means.
const (
	pausedText  = "No reports are generated until you resume it."
	resumedText = "The next report is generated within seconds."
)

// PauseSeveral is POST /usage-reports/pause.
func (h Reports) PauseSeveral(c echo.Context) error {
	return h.switchSeveral(c, reportSwitch{
		do: h.store.PauseReports, verb: "pause", done: "Paused",
		text: pausedText, several: "No reports are generated until you resume them.",
		state: "paused already",
	})
}

// ResumeSeveral is POST /usage-reports/resume.
func (h Reports) ResumeSeveral(c echo.Context) error {
	return h.switchSeveral(c, reportSwitch{
		do: h.store.ResumeReports, verb: "resume", done: "Resumed",
		text: resumedText, several: "The next reports are generated within seconds.",
		state: "not paused",
	})
}

// switchSeveral does it to all of the selected reports, or to none if the database
// fails.
func (h Reports) switchSeveral(c echo.Context, s reportSwitch) error {
	fields, err := form(c)
	if err != nil {
		return err
	}
	ids := reportIDs(fields["id"])
	if len(ids) == 0 {
		return h.redirect(c, backTo(c, reportsPath), selectFlash(s.verb)...)
	}
	switched, err := s.do(c.Request().Context(), h.act(c), ids)
	if err != nil {
		return err
	}
	if len(switched.Changed) > 0 {
		h.nudge("publish")
	}
	return h.redirect(c, backTo(c, reportsPath), s.flash(switched))
}

// flash says what became of each.
func (s reportSwitch) flash(switched store.Switched) views.Flash {
	unchanged := reportNames(switched.Unchanged)
	f := views.Flash{Kind: views.KindSuccess}
	var texts []string
	switch n := len(switched.Changed); n {
	case 0:
		f.Kind, f.Title = views.KindInfo, "No usage report was "+strings.ToLower(s.done)+"."
	case 1:
		f.Title, texts = s.done+" usage report "+switched.Changed[0].Name+".", []string{s.text}
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
	if gone := int64(switched.Gone); gone > 0 {
		texts = append(texts, views.Count(gone, "usage report doesn’t exist", "usage reports don’t exist")+" any more.")
	}
	f.Text = strings.Join(texts, " ")
	return f
}

func reportNames(reports []usage.Report) []string {
	names := make([]string, len(reports))
	for i, r := range reports {
		names[i] = r.Name
	}
	return names
}
