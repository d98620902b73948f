package browsertest_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"license-manager/web/browsertest"
)

const (
	userName = "admin"
	password = "correct horse battery"
)

func mainJourney(t *testing.T, s suite) {
	program := s.start(t, browsertest.Options{})
	p := s.browse(t, program.URL)

	p.open(program.SetupURL)
	p.want("Create administrator")
	p.fill("username", userName)
	p.fill("password", password)
	p.follow("Create administrator")
	p.want("No usage reports")
	p.signOut()
	p.signIn()

	p.follow("Create self-managed license")
	p.fill("name", "Oracle Database EE")
	p.do(chromedp.Click(field("counting_type", "Core")))
	p.fill("license_count", "480")
	p.follow("Create self-managed license")
	p.want("Successfully created self-managed license Oracle Database EE.")
}

func (p *page) signOut() {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.ID("account-button")))
	p.follow("Sign out")
	p.want("Sign in")
}

func (p *page) signIn() {
	p.t.Helper()
	p.fill("username", userName)
	p.fill("password", password)
	p.follow("Sign in")
}
