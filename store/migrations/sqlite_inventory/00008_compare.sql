-- +goose Up

-- What changed in a resource usage report against the one before. It is
-- counted from both files in the bucket, after the later one was published.
ALTER TABLE files ADD COLUMN compare_due_at datetime;
ALTER TABLE files ADD COLUMN compared_with text NOT NULL DEFAULT '';
ALTER TABLE files ADD COLUMN added bigint NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN removed bigint NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN changed bigint NOT NULL DEFAULT 0;
UPDATE files SET compare_due_at = published_at WHERE type = 'resource-usage';
CREATE INDEX files_by_compare_due ON files (compare_due_at) WHERE compare_due_at IS NOT NULL;

-- +goose Down

DROP INDEX files_by_compare_due;
ALTER TABLE files DROP COLUMN changed;
ALTER TABLE files DROP COLUMN removed;
ALTER TABLE files DROP COLUMN added;
ALTER TABLE files DROP COLUMN compared_with;
ALTER TABLE files DROP COLUMN compare_due_at;
