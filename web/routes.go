package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"license-manager/handlers"
)

// Route is one line of the site.
type Route struct {
	Method  string // HEAD is answered wherever GET is
	Path    string // in echo's form: "/usage-reports/:id"
	Access  handlers.Access
	Kind    Kind
	Handler echo.HandlerFunc
}

// Kind says what limits a request has.
type Kind int

// The kinds of requests.
const (
	Page     Kind = iota // little to read, an answer within pageTimeout
	Download             // as long as the file takes
	Upload               // a large body, and as long as it takes
	Probe                // of a machine: no session is looked for
)

// The words of the table.
const (
	get  = http.MethodGet
	post = http.MethodPost

	public        = handlers.Public
	viewer        = handlers.Viewer
	editor        = handlers.Editor
	administrator = handlers.Administrator
)

// Routes is the whole site.
func Routes(c *handlers.Console) []Route { //nolint:funlen // one table is easier to read than five
	sessions := handlers.NewSessions(c)
	dashboard := handlers.Dashboard{Console: c}
	search := handlers.Search{Console: c}
	account := handlers.Account{Sessions: sessions}
	reports := handlers.Reports{Console: c}
	runs := handlers.Runs{Console: c}
	files := handlers.Files{Console: c}
	licenses := handlers.Licenses{Console: c}
	resources := handlers.Resources{Console: c}
	imports := handlers.Imports{Console: c}
	associations := handlers.Associations{Console: c}
	settings := handlers.Settings{Console: c}
	samples := handlers.Samples{Console: c}
	health := handlers.Health{Console: c}
	return []Route{
		{get, "/", viewer, Page, dashboard.Show},
		{get, "/search", viewer, Page, search.Show},

		{get, "/usage-reports", viewer, Page, reports.List},
		{get, "/usage-reports.csv", viewer, Download, reports.Export},
		{post, "/usage-reports", editor, Page, reports.Create},
		{get, "/usage-reports/create", editor, Page, reports.CreateForm},
		{get, "/usage-reports/actions", viewer, Page, reports.Actions},
		{get, "/usage-reports/preferences", viewer, Page, reports.PreferencesForm},
		{post, "/usage-reports/preferences", viewer, Page, reports.SetPreferences},
		{post, "/usage-reports/pause", editor, Page, reports.PauseSeveral},
		{post, "/usage-reports/resume", editor, Page, reports.ResumeSeveral},
		{get, "/usage-reports/delete", editor, Page, reports.DeleteSeveralForm},
		{post, "/usage-reports/delete", editor, Page, reports.DeleteSeveral},
		{get, "/usage-reports/:id", viewer, Page, reports.Details},
		{get, "/usage-reports/:id/edit", editor, Page, reports.EditForm},
		{post, "/usage-reports/:id/edit", editor, Page, reports.Update},
		{get, "/usage-reports/:id/delete", editor, Page, reports.DeleteForm},
		{post, "/usage-reports/:id/delete", editor, Page, reports.Delete},
		{post, "/usage-reports/:id/run", editor, Page, runs.Generate},
		{post, "/usage-reports/:id/pause", editor, Page, runs.Pause},
		{post, "/usage-reports/:id/resume", editor, Page, runs.Resume},
		{post, "/usage-reports/:id/runs/:run/retry", editor, Page, runs.Retry},
		{get, "/usage-reports/:id/reports/:file", viewer, Download, files.Report},
		{get, "/usage-reports/:id/latest.csv", viewer, Download, files.Latest},
		{get, "/usage-reports/:id/compare", viewer, Download, reports.Compare},
		{get, "/usage-reports/:id/compare.csv", viewer, Download, reports.CompareFile},
		{get, "/s3", viewer, Page, files.Folder},
		{get, "/s3/object", viewer, Download, files.Object},

		{get, "/self-managed-licenses", viewer, Page, licenses.List},
		{get, "/self-managed-licenses.csv", viewer, Download, licenses.Export},
		{post, "/self-managed-licenses", editor, Page, licenses.Create},
		{get, "/self-managed-licenses/create", editor, Page, licenses.CreateForm},
		{get, "/self-managed-licenses/actions", viewer, Page, licenses.Actions},
		{get, "/self-managed-licenses/preferences", viewer, Page, licenses.PreferencesForm},
		{post, "/self-managed-licenses/preferences", viewer, Page, licenses.SetPreferences},
		{get, "/self-managed-licenses/:id", viewer, Page, licenses.Details},
		{get, "/self-managed-licenses/:id/edit", editor, Page, licenses.EditForm},
		{post, "/self-managed-licenses/:id/edit", editor, Page, licenses.Update},
		{get, "/self-managed-licenses/:id/deactivate", editor, Page, licenses.DeactivateForm},
		{post, "/self-managed-licenses/:id/deactivate", editor, Page, licenses.Deactivate},
		{post, "/self-managed-licenses/:id/activate", editor, Page, licenses.Activate},
		{get, "/self-managed-licenses/:id/delete", editor, Page, licenses.DeleteForm},
		{post, "/self-managed-licenses/:id/delete", editor, Page, licenses.Delete},

		{get, "/self-managed-licenses/:id/resources/associate", editor, Page, associations.AssociateForm},
		{post, "/self-managed-licenses/:id/resources/associate", editor, Page, associations.Associate},
		{get, "/self-managed-licenses/:id/resources/disassociate", editor, Page, associations.DisassociateForm},
		{post, "/self-managed-licenses/:id/resources/disassociate", editor, Page, associations.Disassociate},

		{get, "/tracked-resources", viewer, Page, resources.List},
		{get, "/tracked-resources.csv", viewer, Download, resources.Export},
		{get, "/tracked-resources/preferences", viewer, Page, resources.PreferencesForm},
		{post, "/tracked-resources/preferences", viewer, Page, resources.SetPreferences},
		{get, "/tracked-resources/details", viewer, Page, resources.Details},
		{get, "/tracked-resources/:id", viewer, Page, resources.Details},
		{get, "/tracked-resources/import", editor, Page, imports.Form},
		{post, "/tracked-resources/import", editor, Upload, imports.Upload},
		{get, "/tracked-resources/import/template.csv", editor, Page, imports.Template},
		{get, "/tracked-resources/import/:import", editor, Download, imports.Show},
		{post, "/tracked-resources/import/:import", editor, Download, imports.Apply},
		{get, "/tracked-resources/import/:import/errors.csv", editor, Download, imports.Errors},
		{post, "/tracked-resources/import/:import/cancel", editor, Page, imports.Cancel},

		{get, "/preferences", viewer, Page, account.PreferencesForm},
		{post, "/preferences", viewer, Page, account.SavePreferences},
		{get, "/password", viewer, Page, account.PasswordForm},
		{post, "/password", viewer, Page, account.ChangePassword},

		{get, "/settings", administrator, Page, settings.Show},
		{get, "/settings/s3/edit", administrator, Page, settings.BucketForm},
		{post, "/settings/s3/edit", administrator, Page, settings.AssociateBucket},
		{post, "/settings/s3/test", administrator, Page, settings.TestBucket},
		{get, "/settings/cross-account/edit", administrator, Page, settings.CrossAccountForm},
		{post, "/settings/cross-account/edit", administrator, Page, settings.SetCrossAccount},

		{post, "/sample-data", editor, Page, samples.Load},
		{get, "/sample-data/remove", editor, Page, samples.RemoveForm},
		{post, "/sample-data/remove", editor, Page, samples.Remove},

		{get, "/sign-in", public, Page, sessions.SignInForm},
		{post, "/sign-in", public, Page, sessions.SignIn},
		{post, "/sign-out", public, Page, sessions.SignOut},
		{get, "/setup", public, Page, sessions.SetupForm},
		{post, "/setup", public, Page, sessions.Setup},
		{post, "/color-mode", public, Page, sessions.SetColorMode},

		{get, "/healthz", public, Probe, health.Alive},
		{get, "/readyz", public, Probe, health.Ready},
	}
}
