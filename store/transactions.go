package store

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
)

// inTx runs fn in the one kind of transaction that changes anything.
func (s *Store) inTx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if s.present != nil {
		if err := s.present(); err != nil {
			return err
		}
	}
	return translate(s.write.WithContext(ctx).Transaction(fn))
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
