package db

import (
	"context"
	"sync/atomic"
	"time"
)

// Clock tells the time that all processes on one database agree on: on
// PostgreSQL the server's, since the clocks of replicas may differ by minutes
// and what they compare (what is due, leases, retries) must not. Between two
// readings of the server's clock it goes on by the machine's monotonic one,
// which nobody sets. With SQLite it is the machine's clock.
type Clock struct {
	db     *DB
	anchor atomic.Pointer[anchor]
}

// anchor is a moment in both clocks.
type anchor struct {
	local  time.Time // with its monotonic part
	server time.Time
}

// OpenClock reads the clock for the first time.
func (d *DB) OpenClock(ctx context.Context) (*Clock, error) {
	c := &Clock{db: d}
	return c, c.Adjust(ctx)
}

// Now returns the present moment.
func (c *Clock) Now() time.Time {
	a := c.anchor.Load()
	if a == nil {
		return UTC(time.Now())
	}
	return UTC(a.server.Add(time.Since(a.local)))
}

// mostTravel is how long a reading of the server's clock may take: half of it is
// how wrong the reading may be.
const mostTravel = time.Second

// Adjust reads the server's clock again. Call it every now and then: two
// clocks drift apart. A reading that took long, since the server or all
// connections were busy, changes nothing if there is an earlier one.
func (c *Clock) Adjust(ctx context.Context) error {
	if !c.db.postgres {
		return nil
	}
	before := time.Now()
	var server time.Time
	if err := c.db.Query(ctx).Raw("SELECT clock_timestamp()").Scan(&server).Error; err != nil {
		return Translate(err)
	}
	travel := time.Since(before)
	if travel > mostTravel && c.anchor.Load() != nil {
		return nil
	}
	c.anchor.Store(&anchor{local: before.Add(travel / 2), server: server})
	return nil
}

// UTC returns t in UTC with the precision that both databases keep.
func UTC(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
