package db

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// postgresConnections is how many connections one process opens at most for
// pages and writes; snapshots have their own.
const postgresConnections = 16

// openPostgres opens a pool for pages and writes and one for snapshots.
func (d *DB) openPostgres(ctx context.Context, o Options) error {
	pool, err := d.postgresPool(ctx, o, postgresConnections)
	if err != nil {
		return err
	}
	d.write, d.read, d.search = pool, pool, pool
	if err := o.migrate(ctx, pool, true); err != nil {
		return err
	}
	d.stream, err = d.postgresPool(ctx, o, streams(o))
	return err
}

func (d *DB) postgresPool(ctx context.Context, o Options, connections int) (*gorm.DB, error) {
	config, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("open database: the URL is not a PostgreSQL URL") // err would show the password
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	db := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(timesInUTC))
	d.close = append(d.close, db.Close)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxIdleTime(5 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open database %s: %w", config.Database, err)
	}
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: db}), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", config.Database, err)
	}
	return g, nil
}

// timesInUTC makes pgx hand out times in UTC, whatever the machine's zone.
func timesInUTC(_ context.Context, c *pgx.Conn) error {
	c.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// postgresUnavailable reports whether err says that the server can't be used
// now: not reached, shutting down, out of connections or disk, or read-only.
// Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
func postgresUnavailable(err error) bool {
	var connect *pgconn.ConnectError
	var network *net.OpError
	if errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) { // the last: nothing was sent, since the connection is closed
		return true
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	for _, class := range []string{"08", "53", "57P", "58", "25006", "40", "55P03"} {
		if strings.HasPrefix(e.Code, class) {
			return true
		}
	}
	return false
}

// postgresRefusesText reports whether err says that a value is no text, since
// it has a NUL or is not UTF-8. Nothing that is stored can be equal to it.
func postgresRefusesText(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "22021"
}
