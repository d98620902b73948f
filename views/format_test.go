package views

import (
	"math"
	"testing"
	"time"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 1284: "1,284", 10_000_000: "10,000,000",
		-1: "-1", -999: "-999", -1000: "-1,000", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 3: "+3", 1200: "+1,200", -1: "−1", -1200: "−1,200"} {
		if got := Change(n); got != want {
			t.Errorf("Change(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{
		0: "0.0 KB", 1: "< 0.1 KB", 51: "< 0.1 KB", 52: "0.1 KB", 812: "0.8 KB", 1023: "1.0 KB", 1024: "1.0 KB", 21_900: "21.4 KB",
		1024*1024 - 1: "1.0 MB", 1024 * 1024: "1.0 MB", 256 << 20: "256.0 MB", 5 << 30: "5.0 GB", 3 << 40: "3.0 TB",
		math.MaxInt64: "8192.0 PB",
	} {
		if got := Size(bytes); got != want {
			t.Errorf("Size(%d) = %q, want %q", bytes, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                         "< 0.1 s",
		99 * time.Millisecond:     "< 0.1 s",
		800 * time.Millisecond:    "0.8 s",
		30 * time.Second:          "30.0 s",
		59_940 * time.Millisecond: "59.9 s",
		59_960 * time.Millisecond: "1 m 0 s",
		72 * time.Second:          "1 m 12 s",
		time.Hour - time.Second:   "59 m 59 s",
		125 * time.Minute:         "2 h 5 m",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		part, whole int64
		want        string
	}{{412, 480, "85.8%"}, {0, 480, "0.0%"}, {480, 480, "100.0%"}, {25, 20, "125.0%"}, {5, 0, Missing}} {
		if got := Percent(test.part, test.whole); got != test.want {
			t.Errorf("Percent(%d, %d) = %q, want %q", test.part, test.whole, got, test.want)
		}
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"123456789012": "1234-5678-9012", "001234567890": "0012-3456-7890", "12": "12", "": Missing} {
		if got := Account(id); got != want {
			t.Errorf("Account(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Count(1, "field", "fields"):     "1 field",
		Count(0, "field", "fields"):     "0 fields",
		Count(1200, "match", "matches"): "1,200 matches",
		JoinNames():                     "",
		JoinNames("a"):                  "a",
		JoinNames("a", "b"):             "a and b",
		JoinNames("a", "b", "c"):        "a, b, and c",
		OrMissing(""):                   Missing,
		OrMissing("x"):                  "x",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
