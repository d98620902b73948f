package store

import (
	"context"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// Clock tells the time that all processes on one database agree on: on
// PostgreSQL the server's, since the clocks of replicas may differ by minutes
// and what they compare (what is due, leases, retries) must not. Between two
// readings of the server's clock it goes on by the machine's monotonic one,
// which nobody sets. With SQLite it is the machine's clock.
type Clock struct {
	store  *Store
	anchor atomic.Pointer[anchor]
}

// anchor is a moment in both clocks.
type anchor struct {
	local  time.Time // with its monotonic part
	server time.Time
}

// OpenClock reads the clock for the first time.
func (s *Store) OpenClock(ctx context.Context) (*Clock, error) {
	c := &Clock{store: s}
	return c, c.Adjust(ctx)
}

// Now returns the present moment.
func (c *Clock) Now() time.Time {
	a := c.anchor.Load()
	if a == nil {
		return utc(time.Now())
	}
	return utc(a.server.Add(time.Since(a.local)))
}

// mostTravel is how long a reading of the server's clock may take: half of it is
// how wrong the reading may be.
const mostTravel = time.Second

// Adjust reads the server's clock again. Call it every now and then: two
// clocks drift apart. A reading that took long, since the server or all
// connections were busy, changes nothing if there is an earlier one.
func (c *Clock) Adjust(ctx context.Context) error {
	if c.store.dialect != postgresDialect {
		return nil
	}
	before := time.Now()
	server, err := serverTime(c.store.query(ctx))
	if err != nil {
		return translate(err)
	}
	travel := time.Since(before)
	if travel > mostTravel && c.anchor.Load() != nil {
		return nil
	}
	c.anchor.Store(&anchor{local: before.Add(travel / 2), server: server})
	return nil
}

func serverTime(db *gorm.DB) (server time.Time, err error) {
	err = db.Raw("SELECT clock_timestamp()").Scan(&server).Error
	return server, err
}
