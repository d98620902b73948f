// Package webtest runs the console in the process of a test: the real pages,
// a real database, a real S3 server. Its client reads pages as a browser
// without JavaScript does.
//
//	func TestCreateLicense(t *testing.T) {
//		t.Parallel()
//		console := webtest.New(t) // on SQLite; webtest.Each runs a test on PostgreSQL too
//		browser := console.SignIn(t, usage.Editor)
//
//		page := browser.Get(t, "/self-managed-licenses/create")
//		page.WantStatus(t, http.StatusOK)
//		form := page.Form(t, "/self-managed-licenses") // by where it posts
//		form.Set("name", "Oracle Database EE")
//		form.Set("counting_type", "Core")
//		form.Set("type", "summary", "resource-usage") // boxes of one name
//		form.File("file", "resources.csv", content)   // of an upload
//		page = form.Submit(t)                         // or SubmitAs(t, "intent", "add-tag")
//		page.WantStatus(t, http.StatusOK)             // redirects are followed
//		page.WantText(t, "Successfully created self-managed license Oracle Database EE.")
//	}
//
// What a test needs beside the pages it finds in the console: Store, S3,
// Bucket(t), Clock.Advance, Publish(t) to publish what is due, Nudges() to see
// which jobs were asked for, Log() for what was logged. Client.Do sends any
// other request, and Client.Fragment asks as htmx does.
package webtest
