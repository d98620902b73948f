// Command duckdb is DuckDB doing the resource usage report.
//
//	duckdb load <database> <rows.csv>    makes the table "flat" out of a CSV file
//	duckdb copy <database> <file> <sql>  writes what the query selects to a file as CSV
//
// It prints the seconds that the statement took.
package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// threads is how many cores DuckDB may use, as everything else in a run.
const threads = 2

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	statement, err := statement(args)
	if err != nil {
		return err
	}
	db, err := sql.Open("duckdb", fmt.Sprintf("%s?threads=%d", args[1], threads))
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Ping(); err != nil {
		return err
	}
	began := time.Now()
	if _, err := db.Exec(statement); err != nil {
		return err
	}
	_, err = fmt.Println(time.Since(began).Seconds())
	return err
}

func statement(args []string) (string, error) {
	switch {
	case len(args) == 3 && args[0] == "load":
		return "CREATE TABLE flat AS SELECT * FROM read_csv(" + quote(args[2]) + ", header = true, all_varchar = true)", nil
	case len(args) == 4 && args[0] == "copy":
		return "COPY (" + args[3] + ") TO " + quote(args[2]) + " (FORMAT csv, HEADER)", nil
	default:
		return "", errors.New("want load or copy with their arguments")
	}
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
