package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func TestCreateLicense(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		form := browser.Get(t, licenses+"/create").Form(t, licenses)
		form.Set("name", "Oracle Database EE")
		form.Set("description", "Line 1\r\nline 2")
		form.Set("counting_type", "Core")
		form.Set("license_count", " 480 ")
		form.Set("hard_limit", "true")
		form.Set("expires", "2999-05-31")
		form.Set("allowedTenancy", "EC2-DedicatedHost")
		form.Set("licenseAffinityToHost", "180")
		form.Set("minimumCores", "04")
		form.Set("maximumCores", "4")
		form.Set("tag_key", "owner", "", "cost-center")
		form.Set("tag_value", "license-team", " ", "")
		page := form.SubmitAs(t, "intent", "create")
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "Successfully created self-managed license Oracle Database EE.", "480 cores", "May 31, 2999 (UTC)", "Now by editor")
		id := strings.TrimPrefix(page.Path, licenses+"/")
		l, err := console.Store.License(t.Context(), id)
		if err != nil {
			t.Fatalf("the details page is %s: %v", page.Path, err)
		}
		if l.Description != "Line 1\nline 2" || l.Rules.String() != "#allowedTenancy=EC2-DedicatedHost;#licenseAffinityToHost=180;#minimumCores=4;#maximumCores=4" ||
			*l.Count != 480 || !l.HardLimit || !slices.Equal(l.Tags, []usage.Tag{{Key: "owner", Value: "license-team"}, {Key: "cost-center"}}) ||
			!l.ExpiresAt.Equal(time.Date(2999, 5, 31, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("stored %+v", l)
		}
	})
}

func TestCreateLicenseNeedsOnlyAName(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	form := browser.Get(t, licenses+"/create").Form(t, licenses)
	form.Set("name", "MATLAB")
	page := form.Submit(t)
	page.WantText(t, "Successfully created self-managed license MATLAB.", "vCPUs", "No limit", "0 vCPUs consumed", "Never", "No tags.")
	browser.Get(t, page.Path).WantNoText(t, "Successfully")
}

func TestLicenseMessages(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	createLicense(t, console, usage.License{Name: "Größe"})
	browser := console.SignIn(t, usage.Editor)
	const number = "Enter a whole number, 0 or greater."
	for _, test := range []struct {
		name   string
		fields url.Values
		want   string // message
		field  string // id of the invalid control
	}{
		{"no name", url.Values{"name": {"  "}}, "Name is required.", "name"},
		{"long name", url.Values{"name": {strings.Repeat("é", 101)}}, "Name must be 100 characters or fewer. You entered 101.", "name"},
		{"control character", url.Values{"name": {"a\x07b"}}, "Name has characters that can’t be shown.", "name"},
		{"not text", url.Values{"name": {"a\xffb\x00"}}, "Name has characters that can’t be shown.", "name"},
		{"name in other case", url.Values{"name": {"GRÖSSE"}}, "", ""},
		{"duplicate", url.Values{"name": {"gRÖßE"}}, "A self-managed license named “gRÖßE” already exists.", "name"},
		{"decomposed duplicate", url.Values{"name": {"gro\u0308ße"}}, "already exists.", "name"},
		{"long description", url.Values{"description": {strings.Repeat("a", 401)}}, "Description must be 400 characters or fewer. You entered 401.", "description"},
		{"no type", url.Values{"counting_type": {""}}, "Choose a license type.", "counting_type"},
		{"unknown type", url.Values{"counting_type": {"Gigabyte"}}, "Choose a license type.", "counting_type"},
		{"negative", url.Values{"license_count": {"-1"}}, number, "license_count"},
		{"half", url.Values{"license_count": {"2.5"}}, number, "license_count"},
		{"words", url.Values{"license_count": {"many"}}, number, "license_count"},
		{"huge", url.Values{"license_count": {"99999999999999999999"}}, "Enter 1,000,000,000 or fewer.", "license_count"},
		{"more than any", url.Values{"license_count": {"1000000001"}}, "Enter 1,000,000,000 or fewer.", "license_count"},
		{"enforced vCPUs", url.Values{"hard_limit": {"true"}}, "Enter the number of vCPUs to enforce a limit.", "license_count"},
		{"enforced sockets", url.Values{"hard_limit": {"on"}, "counting_type": {"Socket"}}, "Enter the number of sockets to enforce a limit.", "license_count"},
		{"enforced words", url.Values{"hard_limit": {"true"}, "license_count": {"x"}}, number, "license_count"},
		{"no date", url.Values{"expires": {"31.05.2027"}}, "Enter a date, for example 2027-05-31.", "expires"},
		{"no such day", url.Values{"expires": {"2027-02-30"}}, "Enter a date, for example 2027-05-31.", "expires"},
		{"minimum over maximum", url.Values{"minimumVcpus": {"9"}, "maximumVcpus": {"8"}}, "Minimum must be 8 or fewer.", "minimumVcpus"},
		{"negative minimum", url.Values{"minimumVcpus": {"-4"}}, number, "minimumVcpus"},
		{"affinity 0", url.Values{"counting_type": {"Core"}, "licenseAffinityToHost": {"0"}}, "Enter 1 to 180 days.", "licenseAffinityToHost"},
		{"affinity 181", url.Values{"counting_type": {"Socket"}, "licenseAffinityToHost": {"181"}}, "Enter 1 to 180 days.", "licenseAffinityToHost"},
		{"tenancy", url.Values{"allowedTenancy": {"EC2-Moon"}}, "Choose a tenancy:", "allowedTenancy"},
		{"optimization", url.Values{"honorVcpuOptimization": {"maybe"}}, "Choose True or False.", "honorVcpuOptimization"},
		{"rule of another type", url.Values{"minimumCores": {"4"}}, "Licenses that count vCPUs don’t have this rule.", "minimumCores"},
		{"value without key", url.Values{"tag_key": {""}, "tag_value": {"a"}}, "Enter a key for the value “a”.", "tag-key-0"},
		{"long key", url.Values{"tag_key": {strings.Repeat("k", 129)}, "tag_value": {""}}, "Key must be 128 characters or fewer.", "tag-key-0"},
		{"key characters", url.Values{"tag_key": {"a<b"}, "tag_value": {""}}, "Use letters, numbers, spaces, and _ . : / = + - @.", "tag-key-0"},
		{"aws key", url.Values{"tag_key": {"AWS:x"}, "tag_value": {""}}, "Key can’t start with “aws:”.", "tag-key-0"},
		{"repeated key", url.Values{"tag_key": {"a", "a"}, "tag_value": {"1", "2"}}, "Key “a” is used more than once.", "tag-key-1"},
		{"long value", url.Values{"tag_key": {"a"}, "tag_value": {strings.Repeat("v", 257)}}, "Value must be 256 characters or fewer.", "tag-value-0"},
		{"value characters", url.Values{"tag_key": {"a"}, "tag_value": {"(b)"}}, "Use letters, numbers, spaces, and _ . : / = + - @.", "tag-value-0"},
	} {
		fields := url.Values{"name": {test.name}, "counting_type": {"vCPU"}, "intent": {"create"}}
		for name, values := range test.fields {
			fields[name] = values
		}
		page := browser.Post(t, licenses, fields)
		if test.want == "" {
			page.WantStatus(t, http.StatusOK)
			continue
		}
		if page.Status != http.StatusUnprocessableEntity || !page.Has(test.want) || !page.Has("The self-managed license wasn’t created. Fix 1 field.") {
			t.Errorf("%s: %d, no %q in\n%s", test.name, page.Status, test.want, page.Text())
		}
		if !strings.Contains(page.Body, `href="#`+test.field+`"`) || strings.Count(page.Body, `aria-invalid="true" autofocus`) != 1 {
			t.Errorf("%s: the summary does not lead to %s, or the focus is elsewhere", test.name, test.field)
		}
	}
	if got := licenseNames(t, console, store.LicenseQuery{}); !slices.Equal(got, []string{"GRÖSSE", "Größe"}) {
		t.Errorf("stored %q", got)
	}
}

func TestLicenseFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	form := browser.Get(t, licenses+"/create").Form(t, licenses)
	typed := url.Values{
		"name": {""}, "description": {"Two\nlines <b>"}, "counting_type": {"Socket"}, "license_count": {"x"}, "hard_limit": {"true"}, "expires": {"2027-05-31"},
		"allowedTenancy": {"EC2-Default"}, "licenseAffinityToHost": {"500"}, "minimumSockets": {"9"}, "maximumSockets": {"2"}, "tag_key": {"a", "a"}, "tag_value": {"1", "<2>"},
	}
	for name, values := range typed {
		form.Set(name, values...)
	}
	token := form.Fields.Get("token")
	page := form.SubmitAs(t, "intent", "create")
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "Fix 6 fields.", "Number of sockets")
	again := page.Form(t, licenses).Fields
	for name, values := range typed {
		if !slices.Equal(again[name], values) {
			t.Errorf("%s is %q, was %q", name, again[name], values)
		}
	}
	if again.Get("token") != token {
		t.Error("the form has another token")
	}
}

func TestLicenseDoubleSubmitCreatesOne(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		browser := console.SignIn(t, usage.Editor)
		form := browser.Get(t, licenses+"/create").Form(t, licenses)
		form.Set("name", "Twice")
		form.Fields.Set("intent", "create")
		paths := make([]string, 4)
		var wg sync.WaitGroup
		for i := range paths {
			wg.Go(func() {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, browser.URL(licenses), strings.NewReader(form.Fields.Encode()))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				paths[i] = browser.DoNotFollow(t, r).Location
			})
		}
		wg.Wait()
		if paths[0] == "" || paths[0] != paths[1] || paths[0] != paths[2] || paths[0] != paths[3] {
			t.Errorf("led to %q", paths)
		}
		form.Set("name", "Changed after going back")
		form.Submit(t).WantText(t, "Successfully created self-managed license Changed after going back.")
		if got := licenseNames(t, console, store.LicenseQuery{}); len(got) != 2 {
			t.Errorf("created %q", got)
		}
	})
}

// ruleFields are the names of the rules whose fields a form shows.
func ruleFields(page *webtest.Page) []string {
	var shown []string
	for _, group := range strings.Split(page.Body, "<fieldset")[1:] {
		head, rest, _ := strings.Cut(group, ">")
		if !strings.Contains(head, "data-types") || strings.Contains(head, "disabled") {
			continue
		}
		rest, _, _ = strings.Cut(rest, "</fieldset>")
		for _, control := range strings.Split(rest, ` name="`)[1:] {
			name, _, _ := strings.Cut(control, `"`)
			shown = append(shown, name)
		}
	}
	return shown
}

func TestLicenseFormShowsTheRulesOfItsType(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	for _, counting := range usage.CountingTypes() {
		form := browser.Get(t, licenses+"/create").Form(t, licenses)
		form.Set("name", "License of "+string(counting))
		form.Set("counting_type", string(counting))
		page := form.SubmitAs(t, "intent", "counting-type")
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "Number of "+counting.Unit(2)+" - optional")
		var want []string
		for _, rule := range usage.RuleNames(counting) {
			want = append(want, string(rule))
		}
		got := ruleFields(page)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: rules %q, want %q", counting, got, want)
		}
		page = page.Form(t, licenses).SubmitAs(t, "intent", "create")
		page.WantText(t, "Successfully created")
		if got := ruleFields(browser.Get(t, page.Path+"/edit")); len(got) != len(want) {
			t.Errorf("%s: edit shows the rules %q", counting, got)
		}
	}
}

func TestLicenseRuleOfAnotherTypeIsShownAndRefused(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	browser := console.SignIn(t, usage.Editor)
	page := browser.Post(t, licenses, url.Values{"name": {"A"}, "counting_type": {"Core"}, "minimumVcpus": {"4"}})
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "Minimum vCPUs: Licenses that count cores don’t have this rule.")
	if got := ruleFields(page); !slices.Contains(got, "minimumVcpus") || !slices.Contains(got, "minimumCores") {
		t.Errorf("shown are %q", got)
	}
}

func TestLicenseTagsAreAddedAndRemoved(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	l := createLicense(t, console, usage.License{Name: "A", Tags: []usage.Tag{{Key: "a", Value: "1"}}})
	browser := console.SignIn(t, usage.Editor)
	for from, to := range map[string]string{licenses + "/create": licenses, licenses + "/" + l.ID + "/edit": licenses + "/" + l.ID + "/edit"} {
		form := browser.Get(t, from).Form(t, to)
		form.Set("name", "Kept")
		form.Set("tag_key", "a", "b")
		form.Set("tag_value", "1", "2")
		page := form.SubmitAs(t, "intent", "add-tag")
		page.WantStatus(t, http.StatusOK)
		page.WantText(t, "You can add up to 47 more tags.")
		page = page.Form(t, to).SubmitAs(t, "intent", "remove-tag:0")
		page.WantText(t, "You can add up to 48 more tags.")
		fields := page.Form(t, to).Fields
		if !slices.Equal(fields["tag_key"], []string{"b", ""}) || fields.Get("name") != "Kept" {
			t.Errorf("%s: left are %v", from, fields)
		}
		for _, odd := range []string{"remove-tag:9", "remove-tag:-1", "remove-tag:x"} {
			page = page.Form(t, to).SubmitAs(t, "intent", odd)
			page.WantText(t, "You can add up to 48 more tags.")
		}
	}
	form := browser.Get(t, licenses+"/create").Form(t, licenses)
	form.Set("name", "Many")
	for range 51 {
		form.Fields.Add("tag_key", "k"+strings.Repeat("x", len(form.Fields["tag_key"])))
		form.Fields.Add("tag_value", "")
	}
	page := form.Submit(t)
	page.WantStatus(t, http.StatusUnprocessableEntity)
	page.WantText(t, "You can add up to 50 tags. Remove 1.")
}
