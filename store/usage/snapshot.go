package usage

import "time"

// Snapshot is what all files of one run have in common: one state of the
// license, read at one moment.
type Snapshot struct {
	Report      Report // name, ARN and types as they are published
	License     License
	Consumption Consumption
	GeneratedAt time.Time
	Importing   bool // it is in the middle of an import into the license: its runs wait for the end
}
