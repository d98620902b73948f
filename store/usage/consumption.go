package usage

// TypeUsage is what resources of one type take of a license.
type TypeUsage struct {
	Associated int64 // resources
	Consumed   int64 // licenses
}

// Consumption is what a license's resources take of it, by resource type.
// The database keeps it as counters that change with every association, so
// that no summary has to scan.
type Consumption map[ResourceType]TypeUsage

// Consumed returns the sum of consumed licenses.
func (c Consumption) Consumed() int64 {
	var sum int64
	for _, u := range c {
		sum += u.Consumed
	}
	return sum
}

// Associated returns the number of associated resources.
func (c Consumption) Associated() int64 {
	var sum int64
	for _, u := range c {
		sum += u.Associated
	}
	return sum
}

// Add counts n resources of type t that consume the given licenses; both may
// be negative.
func (c Consumption) Add(t ResourceType, n, consumed int64) {
	u := c[t]
	u.Associated += n
	u.Consumed += consumed
	c[t] = u
}
