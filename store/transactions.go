package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// inTx runs fn in one transaction that changes what belongs to the console:
// everything but the inventory.
func (s *Store) inTx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if err := s.missing(); err != nil {
		return err
	}
	return translate(s.write.WithContext(ctx).Transaction(fn))
}

// inInventory runs fn in one transaction that changes the inventory: licenses,
// tracked resources and what is staged for import. ErrBusy means that an import is
// being written, which inTx does not wait for on SQLite.
func (s *Store) inInventory(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if s.dialect == postgresDialect {
		return s.inTx(ctx, fn)
	}
	if err := s.missing(); err != nil {
		return err
	}
	inventory, done, err := s.patientInventory(ctx)
	if err != nil {
		return err
	}
	defer done()
	return translate(inventory.Transaction(fn))
}

// inImport is inInventory for an import, which waits for others.
func (s *Store) inImport(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if err := s.missing(); err != nil {
		return err
	}
	return translate(s.inventory.WithContext(ctx).Transaction(fn))
}

// inventoryPatience is how long a change of the inventory waits for an import of this
// process; SQLite waits as long for one of another.
const inventoryPatience = 5 * time.Second

// patientInventory waits for the connection that writes the inventory. Done gives it
// back.
func (s *Store) patientInventory(ctx context.Context) (inventory *gorm.DB, done func(), err error) {
	db, err := s.inventory.DB()
	if err != nil {
		return nil, nil, err
	}
	patient, cancel := context.WithTimeout(ctx, inventoryPatience)
	defer cancel()
	conn, err := db.Conn(patient)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = fmt.Errorf("%w: %w", ErrBusy, err)
		}
		return nil, nil, translate(err)
	}
	inventory = s.inventory.WithContext(ctx)
	inventory.Statement.ConnPool = conn
	return inventory, func() { _ = conn.Close() }, nil
}

// inBoth runs fn with a transaction of the inventory and one of the console, which
// on PostgreSQL are the same. On SQLite that of the inventory ends first, while
// nobody else changes the console, and once both have begun the end of ctx ends
// neither; whoever changes both must be able to go on from there after a crash.
func (s *Store) inBoth(ctx context.Context, fn func(inventory, console *gorm.DB) error) error {
	if s.dialect == postgresDialect {
		return s.inTx(ctx, func(tx *gorm.DB) error { return fn(tx, tx) })
	}
	if err := s.missing(); err != nil {
		return err
	}
	connection, done, err := s.patientInventory(ctx)
	if err != nil {
		return err
	}
	defer done()
	ctx = context.WithoutCancel(ctx)
	inventory := connection.WithContext(ctx).Begin()
	if inventory.Error != nil {
		return translate(inventory.Error)
	}
	defer inventory.Rollback() // does nothing after the commit
	return s.inTx(ctx, func(console *gorm.DB) error {
		if err := fn(inventory, console); err != nil {
			return err
		}
		if err := s.consoleLog.sync(); err != nil { // that no report is about it any more must not get lost
			return err
		}
		return inventory.Commit().Error
	})
}

// missing says that a file of the database is not where it was.
func (s *Store) missing() error {
	if s.present == nil {
		return nil
	}
	return s.present()
}

// inQueue is inTx for the queue of runs.
func (s *Store) inQueue(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if s.dialect == postgresDialect {
			if err := tx.Exec(byIndex).Error; err != nil {
				return err
			}
		}
		return fn(s.uninterrupted(ctx, tx))
	})
}

// byIndex keeps PostgreSQL from reading a table for the rows of a batch: of a
// few thousand it thinks that this is quicker, and of an empty one, whose plan
// it keeps while the table fills. It plans each statement once: nothing about
// a batch would change the plan.
const byIndex = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
	set_config('plan_cache_mode', 'force_generic_plan', true)`

// uninterrupted is tx for statements that are brief and many. Only the
// transaction ends with ctx, none of them: to look out for the end of a context
// costs the driver of SQLite more than such a statement.
func (s *Store) uninterrupted(ctx context.Context, tx *gorm.DB) *gorm.DB {
	if s.dialect == postgresDialect {
		return tx
	}
	return tx.WithContext(context.WithoutCancel(ctx))
}

// inSnapshot runs fn in one read-only transaction that sees one state of the
// database from beginning to end.
func (s *Store) inSnapshot(ctx context.Context, db *gorm.DB, fn func(tx *gorm.DB) error) error {
	return translate(db.WithContext(ctx).Transaction(fn, s.readOnly()))
}

// readOnly are the options of a transaction that sees one state.
func (s *Store) readOnly() *sql.TxOptions {
	options := &sql.TxOptions{ReadOnly: true}
	if s.dialect == postgresDialect {
		options.Isolation = sql.LevelRepeatableRead
	}
	return options
}
