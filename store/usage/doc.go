// Package usage is the core of License Manager: self-managed licenses and
// their rules, the tracked resources that consume them, usage reports and
// their schedule, and the bytes of the CSV files that are published.
//
// It imports the standard library only. Whatever can be decided without a
// database, a browser or a network is decided here: when a report is due,
// what a resource consumes, whether a value is valid, what a file is called
// and what stands in it.
package usage
