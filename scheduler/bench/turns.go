package main

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// side is one of the things that are compared. A run of it gives a figure, higher or lower being better as its goal says.
type side struct {
	name string
	run  func(ctx context.Context) (float64, error)
}

// peer is a side that is not ours and runs in this process: the garbage collector works as Go ships it, and not as the program
// sets it.
func peer(name string, run func(ctx context.Context) (float64, error)) side {
	return side{name, func(ctx context.Context) (float64, error) {
		percent, limit := debug.SetGCPercent(100), debug.SetMemoryLimit(math.MaxInt64)
		defer debug.SetMemoryLimit(limit)
		defer debug.SetGCPercent(percent)
		return run(ctx)
	}}
}

// series are the figures of one side, one of each run.
type series []float64

// median is the middle of the figures, 0 of none.
func (s series) median() float64 { return s.quantile(0.5) }

// quantile is the figure below which the given share of them is.
func (s series) quantile(share float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	if share == 0.5 && len(sorted)%2 == 0 {
		return (sorted[len(sorted)/2-1] + sorted[len(sorted)/2]) / 2
	}
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// enough is how long a comparison takes at most: a round that begins before is still run to its end.
const enough = 25 * time.Second

// alternate runs the sides in turn and returns the figures of each.
func (b *bench) alternate(ctx context.Context, sides ...side) ([]series, error) {
	figures := make([]series, len(sides))
	began := time.Now()
	for n := 0; n == 0 || n < b.runs && time.Since(began) < b.enough; n++ {
		for i, s := range sides {
			x, err := s.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			figures[i] = append(figures[i], x)
		}
	}
	for i, s := range sides {
		b.say("  %-28s %s", s.name, strings.Trim(fmt.Sprintf("%.4g", figures[i]), "[]"))
	}
	return figures, nil
}

// rate runs work and returns how many of n it did in a second.
func rate(n int, work func() error) (float64, error) {
	began := time.Now()
	err := work()
	return float64(n) / time.Since(began).Seconds(), err
}
