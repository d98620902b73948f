package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestSidesRunInTurn(t *testing.T) {
	t.Parallel()
	var order strings.Builder
	named := func(name string) side {
		return side{name, func(context.Context) (float64, error) {
			order.WriteString(name)
			return float64(order.Len()), nil
		}}
	}
	b := &bench{options: options{runs: 3}, enough: time.Minute}
	figures, err := b.alternate(t.Context(), named("a"), named("b"))
	if err != nil || order.String() != "ababab" {
		t.Fatalf("order %s, %v", &order, err)
	}
	if figures[0].median() != 3 || figures[1].median() != 4 {
		t.Errorf("medians of %v", figures)
	}
}

func TestWhatTakesLongRunsOnce(t *testing.T) {
	t.Parallel()
	b := &bench{options: options{runs: 5}} // no time at all is enough
	figures, err := b.alternate(t.Context(), side{"slow", func(context.Context) (float64, error) { return 1, nil }})
	if err != nil || len(figures[0]) != 1 {
		t.Errorf("figures %v, %v", figures, err)
	}
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	var hundred series
	for n := range 100 {
		hundred = append(hundred, float64(100-n))
	}
	if got := hundred.quantile(0.99); got != 100 {
		t.Errorf("p99 %g", got)
	}
	if got := (series{4, 1, 3, 2}).median(); got != 2.5 {
		t.Errorf("median %g", got)
	}
	if got := (series{}).median(); got != 0 {
		t.Errorf("median of none %g", got)
	}
}

func TestWordsOfWrk(t *testing.T) {
	t.Parallel()
	const said = "Running 1s test @ http://127.0.0.1:1/\n  Latency Distribution\n     50%    7.01ms\n     99%  950.00us\n  100 requests in 1.00s, 1.00MB read\n"
	got, err := readWrk(said + "Requests/sec:   1234.56\n")
	if err != nil || got.requests != 1234.56 || got.p99 != 0.95 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{said, said + "Requests/sec:   0.00\n", said + "Requests/sec: 9.0\n  Non-2xx or 3xx responses: 9\n", said + "Requests/sec: 9.0\n  Socket errors: connect 0, read 0, write 0, timeout 3\n"} {
		if _, err := readWrk(bad); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}
