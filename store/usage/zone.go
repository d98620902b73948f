package usage

import (
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // machines may know no time zones
)

// zoneNames are those of the IANA database, with the old names that browsers
// still use, one a line.
//
//go:embed zones.txt
var zoneNames string

// TimeZones returns the names of all time zones that users can choose, sorted.
func TimeZones() []string { return strings.Fields(zoneNames) }

// LoadTimeZone returns a time zone by its name in the IANA database. Reading
// it takes a while, so whoever needs it often keeps it.
func LoadTimeZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" { // what these mean depends on the machine
		return nil, errors.New("no time zone")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	return zone, nil
}

// TimeZoneProblem says in a sentence what is wrong with the name of a time
// zone, "" for nothing. The empty name is that of the server.
func TimeZoneProblem(name string) string {
	if name == "" {
		return ""
	}
	if _, err := LoadTimeZone(name); err != nil {
		return "Choose a time zone from the list."
	}
	return ""
}
