package main

// goal is one line of what the product has promised.
type goal struct {
	id     string  // family/name
	text   string  // what is measured
	peer   string  // against what; empty where the target is absolute
	target float64 // of the ratio of ours to the peer's; without a peer of ours
	most   bool    // the target is the most that may be, else the least
	unit   string  // of ours and the peer's
	digits int     // after the point of ours and the peer's
}

// goals are all of them, in the order of the table.
func goals() []goal {
	return append(append(reportGoals(), dueGoals()...), pageGoals()...)
}

func reportGoals() []goal {
	const rows = "rows/s"
	return []goal{
		{id: "report/sqlite3", text: "resource usage report to nowhere, SQLite, 2 M rows", peer: "sqlite3 -csv", target: 3, unit: rows},
		{id: "report/python", text: "the same", peer: "Python, sqlite3 and csv", target: 6, unit: rows},
		{id: "report/duckdb", text: "the same", peer: "DuckDB, 2 threads", target: 1.5, unit: rows},
		{id: "report/sink", text: "report published to an S3 that discards, 2 M rows", peer: "upload of the finished file, same client", target: 0.5, unit: rows},
		{id: "postgres/report", text: "resource usage report to nowhere, PostgreSQL, 1 M rows", peer: `psql \copy (…) to CSV`, target: 2.5, unit: rows},
		{id: "report/summary", text: "figures of a summary report, largest license", target: 10, most: true, unit: "ms", digits: 2},
		{id: "report/rss", text: "peak memory of the server, report of the largest license", target: 96, most: true, unit: "MB"},
		{id: "report/rss-flat", text: "the same", peer: "report of 1 M rows", target: 1.1, most: true, unit: "MB"},
		{id: "report/writers", text: "a change while the largest report is read, SQLite, p99", peer: "the same, nothing is read", target: 10, most: true, unit: "ms", digits: 1},
		{id: "import/sqlite3", text: "import of a CSV file of 1 M rows into SQLite", peer: "sqlite3 .import, same indexed columns", target: 0.5, unit: rows},
	}
}

func dueGoals() []goal {
	const reports = "reports/s"
	const bare = "bare SDK PutObject loop, same bytes"
	return []goal{
		{id: "due/embedded", text: "10,000 due summary reports, embedded S3, SQLite", peer: bare, target: 0.85, unit: reports},
		{id: "due/river", text: "10,000 due summary reports, S3 that discards, PostgreSQL", peer: "River working the same job", target: 2, unit: reports},
		{id: "due/sqlite", text: "10,000 due summary reports, S3 that discards, SQLite", peer: bare, target: 0.7, unit: reports},
		{id: "due/postgres", text: "the same, PostgreSQL", peer: bare, target: 0.7, unit: reports},
		{id: "due/latency", text: "10,000 due, S3 with 30 ms latency, 256 uploads at once", peer: "3,500 PUT/s of S3 per prefix", target: 1, unit: reports},
		{id: "replicas/two", text: "two replicas on PostgreSQL, S3 with 20 ms latency, 16 publishers each", peer: "one replica", target: 1.8, unit: reports},
		{id: "tick/flat", text: "tick with nothing due, 1 M definitions", peer: "1 k definitions", target: 1.5, most: true, unit: "µs"},
		{id: "first/file", text: "created until the first file is in the bucket, idle server, p99", target: 2000, most: true, unit: "ms"},
	}
}

func pageGoals() []goal {
	const requests = "req/s"
	const table = "table of usage reports, 25 rows of 100,000, signed in, no page twice"
	return []goal{
		{id: "pages/echo", text: table, peer: "Echo, the same bytes from memory", target: 0.15, unit: requests},
		{id: "pages/template", text: "the same", peer: "the same page by html/template", target: 2, unit: requests},
		{id: "pages/pocketbase", text: "the same", peer: "PocketBase list with total, JSON", target: 20, unit: requests},
		{id: "pages/flat", text: "the same", peer: "of 1,000", target: 0.8, unit: requests},
		{id: "pages/last", text: "last page of 100,000, p99", target: 50, most: true, unit: "ms", digits: 1},
		{id: "pages/filtered", text: "filtered by a part of the name, p99", target: 50, most: true, unit: "ms", digits: 1},
		{id: "report/resources", text: "resources of the largest license, first page, p99", target: 50, most: true, unit: "ms", digits: 1},
		{id: "pages/start", text: "start until the first answer, 100,000 definitions", target: 100, most: true, unit: "ms"},
		{id: "pages/idle", text: "memory when idle, 100,000 definitions", target: 48, most: true, unit: "MB"},
	}
}

// result is what was seen of a goal.
type result struct {
	goal
	ours, others float64 // medians, in the unit of the goal
	runs         int     // of which they are medians; 0 where nothing was measured
	note         string  // what else to know, or why nothing was measured
}

// ratio is ours to the peer's; 0 without a peer.
func (r result) ratio() float64 {
	if r.peer == "" || r.others == 0 {
		return 0
	}
	return r.ours / r.others
}

// met reports whether the goal was reached.
func (r result) met() bool {
	seen := r.ours
	if r.peer != "" {
		seen = r.ratio()
	}
	switch {
	case r.runs == 0:
		return false
	case r.most:
		return seen <= r.target
	default:
		return seen >= r.target
	}
}
