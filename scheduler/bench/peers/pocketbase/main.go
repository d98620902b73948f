// Command pocketbase is PocketBase with a collection of usage reports that anybody may list.
//
//	pocketbase <data directory> <records>
//
// It makes the records where there are none, listens on this machine, prints its URL and ends when its standard input does.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

const collection = "reports"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pocketbase:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("want data directory and records")
	}
	records, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: args[0], HideStartBanner: true})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil // it would open a browser
		if err := fill(e.App, records); err != nil {
			return err
		}
		if e.Listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		if err := e.Next(); err != nil {
			return err
		}
		_, err := fmt.Println("http://" + e.Listener.Addr().String())
		return err
	})
	failed := make(chan error, 1)
	go func() { failed <- apis.Serve(app, apis.ServeConfig{HttpAddr: "127.0.0.1:0"}) }()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		failed <- err
	}()
	return <-failed
}

// fill makes the collection and its records by one statement.
func fill(app core.App, records int) error {
	if _, err := app.FindCollectionByNameOrId(collection); err == nil {
		return nil
	}
	c := core.NewBaseCollection(collection)
	c.ListRule = types.Pointer("")
	for _, name := range []string{"name", "license_id", "license", "types", "frequency", "status", "folder"} {
		c.Fields.Add(&core.TextField{Name: name})
	}
	c.Fields.Add(&core.DateField{Name: "last_report"}, &core.DateField{Name: "next_report"})
	c.AddIndex("reports_by_name", true, "name", "")
	if err := app.Save(c); err != nil {
		return err
	}
	_, err := app.DB().NewQuery(`
INSERT INTO reports (id, name, license_id, license, types, frequency, status, folder, last_report, next_report)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {:records})
SELECT printf('%015x', n * 2654435761), printf('Usage report %07d', n), printf('lic-%032x', n % 200), printf('License %03d', n % 200),
       'summary', 'DAY', 'succeeded', printf('Reports/Usage report %07d/', n), '2026-11-23 00:00:00.000Z', '2099-01-01 00:00:00.000Z'
FROM numbers`).Bind(map[string]any{"records": records}).Execute()
	return err
}
