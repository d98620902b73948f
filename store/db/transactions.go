package db

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
)

// Tx runs fn in one transaction, the only kind that changes anything. On SQLite
// one runs at a time, so fn must be short.
func (d *DB) Tx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if d.present != nil {
		if err := d.present(); err != nil {
			return err
		}
	}
	return Translate(d.write.WithContext(ctx).Transaction(fn))
}

// Snapshot runs fn in one read-only transaction that sees one state of the
// database from beginning to end.
func (d *DB) Snapshot(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return Translate(d.stream.WithContext(ctx).Transaction(fn, d.readOnly()))
}

// readOnly are the options of a transaction that sees one state.
func (d *DB) readOnly() *sql.TxOptions {
	options := &sql.TxOptions{ReadOnly: true}
	if d.postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	return options
}

// Uninterrupted is tx for many brief statements. The end of ctx still ends the
// transaction, but no single statement: on SQLite the driver starts a goroutine
// for each statement whose context can end, which costs more than the statement.
func Uninterrupted(ctx context.Context, tx *gorm.DB) *gorm.DB {
	if IsPostgres(tx) {
		return tx
	}
	return tx.WithContext(context.WithoutCancel(ctx))
}

// ForUpdate appends a row lock to a query where the database has row locks.
// SQLite has one writer and needs none.
func (d *DB) ForUpdate(query string) string {
	if d.postgres {
		return query + " FOR UPDATE"
	}
	return query
}

// SkipLocked is ForUpdate for queues: rows that another replica has locked are
// left out.
func (d *DB) SkipLocked(query string) string {
	if d.postgres {
		return query + " FOR UPDATE SKIP LOCKED"
	}
	return query
}

// LockRows locks rows of a table until tx ends. They are locked in the order of
// their ids, so that two transactions that lock the same rows never wait for each
// other.
func (d *DB) LockRows(tx *gorm.DB, table string, ids []string) error {
	if !d.postgres {
		return nil // it is the only writer anyway
	}
	var locked []string
	return tx.Raw("SELECT id FROM "+table+" WHERE id IN ? ORDER BY id FOR UPDATE", AnyOf(ids)).Scan(&locked).Error
}
