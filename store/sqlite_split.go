package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	"gorm.io/gorm"

	"license-manager/store/migrations"
)

// There was one file once. It becomes the inventory, since that has nearly all of
// its bytes, and what belongs to the console is copied into a new file with the
// name of the old one. Each step is done once, wherever the one before was ended.

// renameOlder makes a file from before there were two the inventory.
func renameOlder(ctx context.Context, console, inventory string) error {
	if there(inventory) || !there(console) {
		return nil
	}
	db, err := sql.Open("sqlite3", sqliteDSN(console, map[string]string{"mode": "rw", "_busy_timeout": "5000"}))
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	err = endLog(ctx, db, inventory)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Rename(console, inventory); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return nil
}

// there reports whether a file has something in it.
func there(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// endLog brings all of an older database into its file, which nobody else may
// have open.
func endLog(ctx context.Context, db *sql.DB, inventory string) error {
	db.SetMaxOpenConns(1)
	var alone bool
	if err := db.QueryRowContext(ctx, "SELECT "+hasTable("reports")+" AND NOT "+hasTable("resources")).Scan(&alone); err != nil {
		return translate(err)
	}
	if alone {
		return missingFile(inventory)
	}
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode); err != nil {
		return translate(err)
	}
	return nil
}

// hasTable is a condition in SQL.
func hasTable(name string) string {
	return "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '" + name + "')"
}

func missingFile(path string) error {
	return fmt.Errorf("%w: the file %s is missing", ErrUnavailable, path)
}

// migrateSQLite brings both files to their schemas, each by a connection that
// sees no table of the other one.
func (s *Store) migrateSQLite(ctx context.Context, path string) error {
	console, inventory := s.consoleLog.db, s.inventoryLog.db
	if err := together(ctx, console, inventory, path); err != nil {
		return err
	}
	current, err := migrations.Current(ctx, inventory, migrations.SQLiteInventory)
	if err == nil && current {
		current, err = migrations.Current(ctx, console, migrations.SQLiteConsole)
	}
	if err == nil && !current {
		err = s.separate(ctx, console, inventory)
	}
	if err != nil {
		return err
	}
	// From here on they wait for nobody.
	return errors.Join(s.consoleLog.patience(ctx, 0), s.inventoryLog.patience(ctx, 0))
}

// separate migrates the inventory as far as it was the only file, the console, and
// then the inventory alone.
func (s *Store) separate(ctx context.Context, console, inventory *sql.DB) error {
	if err := migrations.UpTo(ctx, inventory, migrations.SQLiteInventory, migrations.SQLiteInventoryAlone-1); err != nil {
		return err
	}
	if err := migrations.Up(ctx, console, migrations.SQLiteConsole); err != nil {
		return err
	}
	if err := s.takeConsole(ctx); err != nil {
		return err
	}
	if err := s.consoleLog.sync(); err != nil { // before it is nowhere else any more
		return err
	}
	return migrations.Up(ctx, inventory, migrations.SQLiteInventory)
}

// together says if the files do not belong together: the console's file, which has
// that path, is missing beside an inventory that was separated from it, or is an
// older one that has an inventory of its own.
func together(ctx context.Context, console, inventory *sql.DB, path string) error {
	var filled, older, separated bool
	if err := console.QueryRowContext(ctx, "SELECT "+hasTable("reports")+", "+hasTable("resources")).Scan(&filled, &older); err != nil {
		return err
	}
	if err := inventory.QueryRowContext(ctx, "SELECT "+hasTable("license_tags")).Scan(&separated); err != nil {
		return err
	}
	switch {
	case older:
		return fmt.Errorf("%w: %s and %s both have an inventory; move the second away to go on with the first", ErrUnavailable, path, InventoryFile(path))
	case separated && !filled:
		return missingFile(path)
	default:
		return nil
	}
}

// consoleTables are those that were in the older file, in an order that foreign
// keys allow, with the rows that belong to the console.
func consoleTables() [][2]string {
	return [][2]string{
		{"settings", ""}, {"users", ""}, {"list_preferences", ""}, {"sessions", ""}, {"activities", ""},
		{"reports", ""}, {"report_tags", "owner_id IN (SELECT id FROM inventory.reports)"}, {"runs", ""}, {"files", ""},
		{"samples", "kind NOT IN ('license', 'resource')"}, {"discards", ""},
	}
}

// takeConsole copies what belongs to the console from the inventory, as long as
// it is there. Copied once more it is the same: nobody works with either before.
func (s *Store) takeConsole(ctx context.Context) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		var older bool
		if err := tx.Raw("SELECT EXISTS (SELECT 1 FROM inventory.sqlite_master WHERE name = 'settings')").Scan(&older).Error; err != nil || !older {
			return err
		}
		tables := consoleTables()
		for i := range tables {
			if err := tx.Exec("DELETE FROM main." + tables[len(tables)-1-i][0]).Error; err != nil {
				return err
			}
		}
		for _, t := range tables {
			if err := copyTable(tx, t[0], t[1]); err != nil {
				return err
			}
		}
		// Numbers of rows that are gone must not be given again.
		return tx.Exec(`UPDATE main.sqlite_sequence SET seq = max(seq, coalesce((SELECT s.seq FROM inventory.sqlite_sequence s WHERE s.name = main.sqlite_sequence.name), 0))`).Error
	})
}

// copyTable copies the rows of a table that a condition selects; empty for all.
func copyTable(tx *gorm.DB, table, condition string) error {
	var columns []string
	if err := tx.Raw("SELECT '\"' || name || '\"' FROM pragma_table_info(?)", table).Scan(&columns).Error; err != nil {
		return err
	}
	older := strings.TrimPrefix(table, "report_") // of tags
	if condition != "" {
		condition = " WHERE " + condition
	}
	all := strings.Join(columns, ", ")
	return tx.Exec("INSERT INTO main." + table + " (" + all + ") SELECT " + all + " FROM inventory." + older + condition).Error
}
