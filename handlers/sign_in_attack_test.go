package handlers_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web/webtest"
)

func credentials(name, password string) url.Values {
	return url.Values{"username": {name}, "password": {password}}
}

// spelling is a way to type a name that may find its user.
func spelling(random *rand.Rand, name string) string {
	around := []string{"", "", " ", "\t", "\u00a0", "\u3000", "\x00", "\xff", "\u200b"}
	pick := func() string { return around[random.IntN(len(around))] }
	if random.IntN(2) == 0 {
		name = norm.NFD.String(name)
	}
	var b strings.Builder
	for _, c := range name {
		text := string(c)
		if random.IntN(2) == 0 {
			text = strings.ToUpper(text)
		}
		b.WriteString(text)
		if random.IntN(30) == 0 {
			b.WriteString(pick())
		}
	}
	return pick() + b.String() + pick()
}

// TestOneCounterForEverySpelling types the name of a user in many ways: all that
// find the user share one counter.
func TestOneCounterForEverySpelling(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		const name = "zoë šmíd"
		console.CreateUser(t, name, usage.Administrator)
		browser := console.Visitor(t)
		random := rand.New(rand.NewPCG(1, 2))
		tried, judged := 0, 0
		for range 60 {
			typed := spelling(random, name)
			user, _, err := console.Store.SignInUser(t.Context(), store.SignInKey(typed), "")
			if err != nil {
				t.Fatal(err)
			}
			if user.ID == 0 {
				continue
			}
			tried++
			if browser.Post(t, "/sign-in", credentials(typed, "wrong")).Status == http.StatusUnprocessableEntity {
				judged++
			}
		}
		if tried < 20 || judged != 5 {
			t.Errorf("of %d spellings of a name %d were judged, want 5", tried, judged)
		}
		page := browser.Post(t, "/sign-in", credentials(name, webtest.Password))
		page.WantStatus(t, http.StatusTooManyRequests)
		if got := page.Header.Get("Retry-After"); got != "300" {
			t.Errorf("Retry-After %q", got)
		}
	})
}

// TestOnesOwnPlaceIsNeverLockedFromElsewhere guesses the password of a user from
// many addresses: the user signs in from where that has worked before.
func TestOnesOwnPlaceIsNeverLockedFromElsewhere(t *testing.T) {
	t.Parallel()
	webtest.Each(t, func(t *testing.T, console *webtest.Console) {
		console.CreateUser(t, "ada", usage.Administrator)
		right := credentials("ada", webtest.Password)
		const home, sibling = "2001:db8::1", "2001:db8::2"
		if page := console.Visitor(t).From(home).Post(t, "/sign-in", right); page.Path != "/" {
			t.Fatalf("signed in to %s: %s", page.Path, page.Text())
		}
		for i := range 12 {
			console.Visitor(t).From(fmt.Sprintf("192.0.2.%d", i)).Post(t, "/sign-in", credentials("ada", "wrong"))
		}
		page := console.Visitor(t).From("198.51.100.1").Post(t, "/sign-in", right)
		page.WantStatus(t, http.StatusTooManyRequests)
		page.WantText(t, "Too many attempts. Try again in 1 second.")
		if page := console.Visitor(t).From(sibling).Post(t, "/sign-in", right); page.Path != "/" {
			t.Errorf("from where she usually is: %d: %s", page.Status, page.Text())
		}
		console.Clock.Advance(time.Second)
		if page := console.Visitor(t).From("198.51.100.1").Post(t, "/sign-in", right); page.Path != "/" {
			t.Errorf("after the delay: %d: %s", page.Status, page.Text())
		}
	})
}

// TestOneAddressCannotKeepOthersFromSigningIn floods the sign-in from one
// address: somebody at another one gets in meanwhile.
func TestOneAddressCannotKeepOthersFromSigningIn(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	console.CreateUser(t, "ada", usage.Administrator)
	flood := console.Visitor(t).From("192.0.2.1")
	var all sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	for i := range 100 {
		all.Go(func() {
			page := flood.Post(t, "/sign-in", credentials(fmt.Sprint("invented ", i), "wrong"))
			mu.Lock()
			defer mu.Unlock()
			statuses[page.Status]++
			if page.Status == http.StatusTooManyRequests && page.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		})
	}
	start := time.Now()
	page := console.Visitor(t).From("198.51.100.1").Post(t, "/sign-in", credentials("ada", webtest.Password))
	took := time.Since(start)
	all.Wait()
	if page.Path != "/" {
		t.Errorf("%d: %s", page.Status, page.Text())
	}
	t.Logf("signed in within %s; the flood got %v", took, statuses)
	// On a machine that is busy otherwise, some of the flood wait until their time is over.
	judged, refused := statuses[http.StatusUnprocessableEntity], statuses[http.StatusTooManyRequests]
	if late := statuses[http.StatusServiceUnavailable]; judged > 50 || refused < 50 || judged+refused+late != 100 {
		t.Errorf("the flood got %v, want at most 50 times 422, and 429 else", statuses)
	}
}

// TestUnknownUsersLookLikeWrongPasswords compares whole answers until both are
// locked.
func TestUnknownUsersLookLikeWrongPasswords(t *testing.T) {
	t.Parallel()
	console := webtest.New(t)
	console.CreateUser(t, "adam", usage.Administrator)
	browser := console.Visitor(t)
	for i := range 7 {
		var answers [2]string
		for j, name := range []string{"adam", "nobo"} {
			page := browser.Post(t, "/sign-in", credentials(name, "wrong"))
			answers[j] = fmt.Sprint(page.Status, page.Header.Get("Retry-After"), page.Header.Values("Set-Cookie"), strings.ReplaceAll(page.Body, name, "NAME"))
		}
		if answers[0] != answers[1] {
			t.Errorf("attempt %d:\n%s\n%s", i+1, answers[0], answers[1])
		}
	}
}
