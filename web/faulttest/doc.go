// Package faulttest breaks the program on purpose: real processes are killed
// and stopped, S3 and the databases fail at each step, disks are full. After
// each fault its tests look at everything that was promised: one whole file
// for each slot and type, a record that tells the truth, and nothing left over.
//
// docs/faults.md has the matrix. The number of kills and the seed of their
// moments come from FAULT_KILLS and FAULT_SEED; make nightly asks for more of
// them than make test.
package faulttest
