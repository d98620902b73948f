package usage_test

import (
	"testing"
	"time"

	"license-manager/store/usage"
)

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: time.Minute, 2: 5 * time.Minute, 3: 15 * time.Minute, 4: time.Hour} {
		if got, again := usage.RetryDelay(attempt); got != want || !again {
			t.Errorf("after attempt %d: %s, %v", attempt, got, again)
		}
	}
	for _, attempt := range []int{-1, 0, 5, 6, 1 << 40} {
		if got, again := usage.RetryDelay(attempt); got != 0 || again {
			t.Errorf("after attempt %d: %s, %v", attempt, got, again)
		}
	}
}

func TestRunOpen(t *testing.T) {
	t.Parallel()
	soon := at("2026-11-24T04:00:00Z")
	for _, c := range []struct {
		run  usage.Run
		want bool
	}{
		{usage.Run{State: usage.RunPending}, true},
		{usage.Run{State: usage.RunRunning}, true},
		{usage.Run{State: usage.RunFailed, NextAttemptAt: &soon}, true},
		{usage.Run{State: usage.RunFailed}, false},
		{usage.Run{State: usage.RunSucceeded}, false},
		{usage.Run{State: usage.RunCanceled, NextAttemptAt: &soon}, false},
	} {
		if got := c.run.Open(); got != c.want {
			t.Errorf("%s: %v", c.run.State, got)
		}
	}
}

func TestTriggerLabels(t *testing.T) {
	t.Parallel()
	for trigger, want := range map[usage.Trigger]string{
		usage.TriggerCreated: "Created", usage.TriggerEdited: "Edited", usage.TriggerScheduled: "Schedule",
		usage.TriggerManual: "Manual", usage.TriggerRetried: "Retry", "": "Unknown",
	} {
		if got := trigger.Label(); got != want {
			t.Errorf("%q: %q", trigger, got)
		}
	}
}

func TestFilePublished(t *testing.T) {
	t.Parallel()
	when := at("2026-11-24T04:00:00Z")
	if (usage.File{Bucket: "b"}).Published() || !(usage.File{PublishedAt: &when}).Published() {
		t.Error("a file is published once it has a time of publication")
	}
}
