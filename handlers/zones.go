package handlers

import (
	"sync"
	"time"

	"license-manager/store/usage"
)

// zones keeps the time zones that readers have chosen: reading one from the
// database of zones costs more than many a page. There are a few hundred.
type zones struct {
	mu     sync.Mutex
	loaded map[string]*time.Location
}

// of returns the zone of that name. An empty name, or one that this version of
// the database does not know, stands for fallback.
func (z *zones) of(name string, fallback *time.Location) *time.Location {
	if name == "" {
		return fallback
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if zone, ok := z.loaded[name]; ok {
		return zone
	}
	zone, err := usage.LoadTimeZone(name)
	if err != nil {
		return fallback
	}
	if z.loaded == nil {
		z.loaded = map[string]*time.Location{}
	}
	z.loaded[name] = zone
	return zone
}
