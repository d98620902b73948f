// Command bench measures the product beside what an administrator would use instead, and prints how it stands to its goals.
//
//	make bench
//	make bench BENCH="-only 'report|import' -scale 0.05"
//
// The second line tries two families at a twentieth of their size. A run makes its own data, the same every time, in a directory that it
// removes. What is compared runs in turn in one run (A B A B …), since absolute figures drift on a shared machine while ratios stay. A
// figure is the median of 5 runs, of fewer where a comparison takes more than 25 s; the count stands beside it.
//
// PostgreSQL goals need a server in LICENSE_MANAGER_TEST_POSTGRES; ".ci/postgres --durable" starts one that waits for the disk,
// as a server in use does.
//
// The benchmark is a module of its own, with the product of this checkout, so that the product does not depend on it. The peers in Go are
// another one, in the folder peers, since they want other versions of the same libraries.
//
// It exits with 0 whatever it shows: benchmarks are not timed tests.
package main
