package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// importLoader reads what is stored of a batch of resources, below GORM: of
// millions of rows each costs.
type importLoader struct {
	ctx       context.Context //nolint:containedctx // of the statements, for the time of one pass
	resources *sql.Stmt
	uses      *sql.Stmt
	ids       []any
}

// statementContext is what single statements of an import run under. The
// SQLite driver starts a goroutine for every row under a context that can end;
// a pass looks at its own context between batches instead.
func statementContext(ctx context.Context, d dialect) context.Context {
	if d == sqliteDialect {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

func newImportLoader(ctx context.Context, d dialect, pool gorm.ConnPool) (*importLoader, error) {
	l := &importLoader{ctx: statementContext(ctx, d), ids: make([]any, importBatch)}
	batch := (&bulkInsert{dialect: d, columns: importBatch}).values(1)
	var err error
	l.resources, err = pool.PrepareContext(ctx, `SELECT id, arn, type, status, owner_account_id, region, platform, instance_type,
		tenancy, vcpus, cores, sockets, threads_per_core FROM resources WHERE id IN `+batch)
	if err != nil {
		return nil, err
	}
	l.uses, err = pool.PrepareContext(ctx, `SELECT license_id, resource_id, resource_type, consumed, given, associated_at
		FROM associations WHERE resource_id IN `+batch+` ORDER BY resource_id, license_id`)
	if err != nil {
		return nil, errors.Join(err, l.resources.Close())
	}
	return l, nil
}

func (l *importLoader) close() {
	l.resources.Close() //nolint:errcheck // the transaction that they belong to ends
	l.uses.Close()      //nolint:errcheck // as above
}

// load completes entries, at most importBatch in the order of their ids, with
// what is stored.
func (l *importLoader) load(entries []importEntry, licenses *importLicenses) error {
	if len(entries) == 0 {
		return nil
	}
	for i := range l.ids {
		l.ids[i] = entries[min(i, len(entries)-1)].id
	}
	found, err := l.loadResources(entries)
	if err != nil || found == 0 {
		return err
	}
	if err := l.loadUses(entries); err != nil {
		return err
	}
	for i := range entries {
		for j := range entries[i].uses {
			u := &entries[i].uses[j]
			if u.license, err = licenses.withID(u.LicenseID); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *importLoader) loadResources(entries []importEntry) (found int, err error) {
	rows, err := l.resources.QueryContext(l.ctx, l.ids...)
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	for ; rows.Next(); found++ {
		var r usage.Resource
		err := rows.Scan(&r.ID, &r.ARN, &r.Type, &r.Status, &r.OwnerAccountID, &r.Region, &r.Platform, &r.InstanceType,
			&r.Tenancy, &r.VCPUs, &r.Cores, &r.Sockets, &r.ThreadsPerCore)
		if err != nil {
			return found, err
		}
		if e := findEntry(entries, r.ID); e != nil {
			e.known, e.stored, e.resource = true, r, r
		}
	}
	return found, rows.Err()
}

func (l *importLoader) loadUses(entries []importEntry) error {
	rows, err := l.uses.QueryContext(l.ctx, l.ids...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	for rows.Next() {
		var a usage.Association
		if err := rows.Scan(&a.LicenseID, &a.ResourceID, &a.ResourceType, &a.Consumed, &a.Given, &a.AssociatedAt); err != nil {
			return err
		}
		if e := findEntry(entries, a.ResourceID); e != nil {
			e.uses = append(e.uses, importUse{Association: a, stored: a})
		}
	}
	return rows.Err()
}

func findEntry(entries []importEntry, id string) *importEntry {
	i, found := slices.BinarySearchFunc(entries, id, func(e importEntry, id string) int { return cmp.Compare(e.id, id) })
	if !found {
		return nil
	}
	return &entries[i]
}
