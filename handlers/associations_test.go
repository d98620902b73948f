package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"license-manager/handlers"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestAssociateAndDisassociate(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountVCPU, Count: limit(5), HardLimit: true})
		track(t, console, instance("i-1", webtest.Account, "running", "Oracle"), instance("i-2", webtest.Account, "running", ""),
			instance("i-3", webtest.Account, "running", ""), instance("i-other", "730511824490", "running", ""))
		browser := console.SignIn(t, usage.Editor)
		path := licenses + "/" + l.ID
		page := browser.Get(t, path).Follow(t, "Associate resource")
		page.WantText(t, "Associate resources (2)", "Oracle: 2 of 5 vCPUs consumed. The limit is enforced.", "i-2", "i-3", "Only resources of this account are listed")
		page.WantNoText(t, "i-1", "i-other")
		form := page.Form(t, path+"/resources/associate")

		refused := form.Submit(t)
		refused.WantStatus(t, http.StatusUnprocessableEntity)
		refused.WantText(t, "Select at least one resource to associate.")
		form.Set("id", "i-2", "i-3")
		refused = form.Submit(t)
		refused.WantStatus(t, http.StatusUnprocessableEntity)
		refused.WantText(t, "Nothing was changed. “Oracle” enforces its limit: 4 vCPUs needed, 3 available.")
		form.Set("id", "unknown")
		form.Submit(t).WantText(t, "There is no tracked resource “unknown”. Import it first.")

		form.Set("id", "i-3")
		done := form.Submit(t)
		done.WantText(t, "Successfully associated 1 resource.", "4 of 5 vCPUs consumed", "i-3")
		page = done.Follow(t, "Disassociate")
		page.WantText(t, "Disassociate resources (2)", "i-1", "i-3")
		page.WantNoText(t, "i-2")
		browser.Get(t, path+"/resources/disassociate?type=RDS").WantText(t, "Disassociate resources (2)", "No matches")
		form = page.Form(t, path+"/resources/disassociate")
		refused = form.Submit(t)
		refused.WantStatus(t, http.StatusUnprocessableEntity)
		refused.WantText(t, "Select at least one resource to disassociate.")
		form.Set("id", "i-1", "i-3")
		form.Submit(t).WantText(t, "Successfully disassociated 2 resources.", "0 of 5 vCPUs consumed", "No tracked resource uses this license yet.")
		browser.Get(t, path+"/resources/disassociate").WantText(t, "No resources to disassociate")
	})
}

func TestOneResourceIsDisassociatedFromItsDetails(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountVCPU})
	track(t, console, instance("i/1 <b>", webtest.Account, "running", "Oracle"), instance("i-2", webtest.Account, "running", "Oracle"))
	details := resources + "/details?id=" + url.QueryEscape("i/1 <b>")
	console.SignIn(t, usage.Viewer).Get(t, details).WantNoText(t, "Disassociate")
	browser := console.SignIn(t, usage.Editor)
	dialog := browser.Get(t, details).Follow(t, "Disassociate")
	dialog.WantText(t, "Disassociate i/1 <b> from self-managed license Oracle?")
	path := licenses + "/" + l.ID + "/resources/disassociate"
	dialog.Form(t, path).Submit(t).WantText(t, "Successfully disassociated 1 resource.", "2 vCPUs consumed")
	browser.Get(t, details).WantText(t, "The resource uses no self-managed license.")
	browser.Get(t, path+"?id="+url.QueryEscape("i/1 <b>")).WantText(t, "The resource doesn’t use the license any more.")
	browser.Get(t, path+"?id=none").WantStatus(t, http.StatusNotFound)
}

func TestAssociationsFilterKeepsWorkingAfterAnError(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountCore, Rules: usage.Rules{{Name: usage.MinimumCores, Value: "4"}}})
	var rows []string
	for i := range 30 {
		rows = append(rows, instance(fmt.Sprintf("i-%02d", i), webtest.Account, "running", ""))
	}
	track(t, console, rows...)
	browser := console.SignIn(t, usage.Editor)
	path := licenses + "/" + l.ID + "/resources/associate?q=i-2&sort=-id"
	page := browser.Get(t, path)
	page.WantText(t, "10 matches", "Associate resources (30)")
	form := page.Form(t, path)
	form.Set("id", "i-21", "i-22")
	page = form.Submit(t)
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "“i-21” can’t use this license. The license requires at least 4 cores; the resource has 1.", "10 matches")
	for _, id := range []string{"i-21", "i-22"} {
		if !strings.Contains(page.Body, `aria-label="Select `+id+`" checked>`) {
			t.Errorf("%s is not selected any more", id)
		}
	}
	browser.Get(t, path+"&type=RDS").WantText(t, "No matches")
}

func TestAssociationsAreForEditors(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountInstance})
	track(t, console, instance("i-1", webtest.Account, "running", ""))
	viewer, editor := console.SignIn(t, usage.Viewer), console.SignIn(t, usage.Editor)
	for _, page := range []string{"associate", "disassociate"} {
		path := licenses + "/" + l.ID + "/resources/" + page
		viewer.Get(t, path).WantStatus(t, http.StatusForbidden)
		viewer.Post(t, path, url.Values{"id": {"i-1"}}).WantStatus(t, http.StatusForbidden)
		editor.Get(t, licenses+"/"+usage.NewLicenseID()+"/resources/"+page).WantStatus(t, http.StatusNotFound)
		editor.Post(t, licenses+"/"+usage.NewLicenseID()+"/resources/"+page, url.Values{"id": {"i-1"}}).WantStatus(t, http.StatusNotFound)
	}
	if err := console.Store.SetLicenseStatus(t.Context(), console.Act(), l.ID, usage.LicenseDeactivated); err != nil {
		t.Fatal(err)
	}
	path := licenses + "/" + l.ID + "/resources/associate"
	editor.Get(t, path).WantText(t, "“Oracle” is deactivated and takes no more resources.")
	editor.Post(t, path, url.Values{"resource_id": {"i-1"}}).WantText(t, "“Oracle” is deactivated and takes no more resources.")
}

func TestAssociationsTellWhatWasChanged(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountInstance})
	track(t, console, instance("i-1", webtest.Account, "running", ""), instance("i-2", webtest.Account, "running", ""))
	browser := console.SignIn(t, usage.Editor)
	path := licenses + "/" + l.ID + "/resources/"
	both := url.Values{"id": {"i-1", "i-2"}}
	for _, step := range []struct {
		action string
		ids    url.Values
		want   string
	}{
		{"associate", url.Values{"id": {"i-1"}}, "Successfully associated 1 resource."},
		{"associate", both, "Successfully associated 1 resource. 1 resource used the license already."},
		{"associate", both, "No resource was changed. 2 resources used the license already."},
		{"disassociate", url.Values{"id": {"i-1"}}, "Successfully disassociated 1 resource."},
		{"disassociate", both, "Successfully disassociated 1 resource. 1 resource did not use the license any more."},
	} {
		browser.Post(t, path+step.action, step.ids).WantText(t, step.want)
	}
}

func TestTooManySelected(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "Oracle", CountingType: usage.CountCore})
	browser := console.SignIn(t, usage.Editor)
	many := make([]string, handlers.MostValues+1)
	for i := range many {
		many[i] = "i-" + strconv.Itoa(i)
	}
	for _, path := range []string{licenses + "/" + l.ID + "/resources/associate", licenses + "/" + l.ID + "/resources/disassociate", "/usage-reports/pause", "/usage-reports/delete"} {
		page := browser.Post(t, path, url.Values{"id": many})
		page.WantStatus(t, http.StatusRequestEntityTooLarge)
		page.WantText(t, "Select 500 or fewer at once. Nothing was changed.")
	}
}
