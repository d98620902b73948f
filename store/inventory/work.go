package inventory

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/db"
	"license-manager/store/usage"
)

// lease is how long a claim holds without a sign of life: after a crash, another
// process takes the import when it has passed.
const lease = 30 * time.Second

func (im *Importer) leaseEnd() *time.Time {
	until := im.now().Add(lease)
	return &until
}

// Judge judges what was staged until nothing waits.
func (im *Importer) Judge(ctx context.Context) error { return im.work(ctx, Staged) }

// Apply applies what was confirmed until nothing waits, and deletes what is left of
// imports that are over.
func (im *Importer) Apply(ctx context.Context) error {
	return errors.Join(im.work(ctx, Applying), im.clean(ctx))
}

func (im *Importer) work(ctx context.Context, state State) error {
	for {
		job, err := im.claim(ctx, "state = ?", state)
		if err != nil || job == nil {
			return err
		}
		if err := im.do(ctx, job); err != nil {
			return err
		}
	}
}

// do works on a claimed import to the end of its state. That another process has
// it now, or that it was canceled, is no error.
func (im *Importer) do(ctx context.Context, job *Import) error {
	step := im.judge
	if job.State == Applying {
		step = im.apply
	}
	err := step(ctx, job)
	if err == nil || errors.Is(err, store.ErrLost) {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	return errors.Join(err, im.tx(ctx, func(tx *gorm.DB) error { return im.hand(tx, job, job.State) }))
}

// claim hands out an import that nobody works on; nil if there is none.
func (im *Importer) claim(ctx context.Context, which string, args ...any) (*Import, error) {
	find := "SELECT id FROM imports WHERE " + which + " AND state IN ('staged', 'applying') AND (lease_until IS NULL OR lease_until < ?) ORDER BY created_at LIMIT 1"
	args = append(args, im.now())
	var id string
	if err := im.db.Query(ctx).Raw(find, args...).Scan(&id).Error; err != nil || id == "" {
		return nil, db.Translate(err)
	}
	var claimed []Import
	err := im.tx(ctx, func(tx *gorm.DB) error {
		update := "UPDATE imports SET claim = ?, lease_until = ? WHERE id = ? AND state IN ('staged', 'applying') AND (lease_until IS NULL OR lease_until < ?) RETURNING *"
		return tx.Raw(update, usage.NewToken(), im.leaseEnd(), id, im.now()).Scan(&claimed).Error
	})
	if err != nil || len(claimed) == 0 {
		return nil, err
	}
	return &claimed[0], nil
}

// hold keeps an import for another lease and stores how far it is. store.ErrLost
// means that it is not the worker's any more: then nothing of the transaction may
// stay.
func (im *Importer) hold(tx *gorm.DB, job *Import) error {
	update := "UPDATE imports SET done = ?, added = ?, updated = ?, unchanged = ?, wrong = ?, lease_until = ? WHERE id = ? AND claim = ?"
	result := tx.Exec(update, job.Done, job.Added, job.Updated, job.Unchanged, job.Wrong, im.leaseEnd(), job.ID, job.Claim)
	return held(result, job)
}

// hand gives up the claim and leaves the import in a state.
func (im *Importer) hand(tx *gorm.DB, job *Import, state State) error {
	result := tx.Exec("UPDATE imports SET state = ?, claim = '', lease_until = NULL WHERE id = ? AND claim = ?", state, job.ID, job.Claim)
	return held(result, job)
}

func held(result *gorm.DB, job *Import) error {
	if result.Error == nil && result.RowsAffected == 0 {
		return fmt.Errorf("import %s: %w", job.ID, store.ErrLost)
	}
	return result.Error
}

const (
	// reviewKept is how long an import waits for a person.
	reviewKept = 24 * time.Hour
	// appliedKept is how long the page of an import is there after it was applied.
	appliedKept = 30 * 24 * time.Hour
	// chunksAtOnce is how many chunks one transaction deletes.
	chunksAtOnce = 8
)

// Sweep gives up uploads that broke off, imports that nobody has confirmed for a
// day, and those that were applied a month ago.
func (im *Importer) Sweep(ctx context.Context) error {
	now := im.now()
	return im.cancel(ctx, "state = 'staging' AND lease_until < ? OR state IN ('staged', 'reviewed') AND created_at < ? OR state = 'applied' AND finished_at < ?",
		now, now.Add(-reviewKept), now.Add(-appliedKept))
}

// cancel gives up imports. What is left of them is deleted later: this is a small
// write, so that it is possible when the disk is nearly full.
func (im *Importer) cancel(ctx context.Context, which string, args ...any) error {
	return im.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE imports SET state = 'canceled', claim = '', lease_until = NULL WHERE "+which, args...).Error
	})
}

// clean deletes the chunks of imports that are over, some at a time, and then what
// was canceled.
func (im *Importer) clean(ctx context.Context) error {
	const over = "FROM import_chunks c JOIN imports i ON i.id = c.import_id WHERE i.state = 'canceled' OR i.state = 'applied' AND c.kind = 'rows'"
	for {
		var chunks []chunk
		query := "SELECT c.import_id, c.kind, c.first " + over + " LIMIT ?"
		if err := im.db.Query(ctx).Raw(query, chunksAtOnce).Scan(&chunks).Error; err != nil {
			return db.Translate(err)
		}
		if len(chunks) == 0 {
			return im.forget(ctx)
		}
		err := im.tx(ctx, func(tx *gorm.DB) error {
			for _, c := range chunks {
				if err := tx.Exec("DELETE FROM import_chunks WHERE import_id = ? AND kind = ? AND first = ?", c.ImportID, c.Kind, c.First).Error; err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// forget deletes canceled imports that have no chunks any more.
func (im *Importer) forget(ctx context.Context) error {
	var canceled int64
	if err := im.db.Query(ctx).Raw("SELECT count(*) FROM imports WHERE state = 'canceled'").Scan(&canceled).Error; err != nil || canceled == 0 {
		return db.Translate(err)
	}
	return im.tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM imports WHERE state = 'canceled' AND NOT EXISTS (SELECT 1 FROM import_chunks c WHERE c.import_id = imports.id)").Error
	})
}
