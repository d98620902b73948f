-- +goose Up

-- How many licenses are consumed in all, kept with the counters, and what
-- share of the license count that is: those that are used most are found
-- without reading the others. Without a count there is no share, which comes
-- before all others; of a count of none, everything is too much.
ALTER TABLE licenses ADD COLUMN used bigint NOT NULL DEFAULT 0;
ALTER TABLE licenses ADD COLUMN share real GENERATED ALWAYS AS (CASE
    WHEN license_count > 0 THEN used * 1.0 / license_count
    WHEN license_count = 0 AND used > 0 THEN 1000000000
    WHEN license_count = 0 THEN 0 ELSE -1 END) VIRTUAL;
UPDATE licenses SET used = coalesce((SELECT sum(c.consumed) FROM license_counters c WHERE c.license_id = licenses.id), 0);
CREATE INDEX licenses_by_share ON licenses (share, name_key);
CREATE INDEX licenses_over_limit ON licenses (name_key) WHERE status <> 'deactivated' AND used > license_count;
DROP INDEX licenses_by_limit_reached;
CREATE INDEX licenses_by_limit_reached ON licenses (limit_reached_at, name_key) WHERE limit_reached_at IS NOT NULL;

-- +goose Down

DROP INDEX licenses_by_limit_reached;
CREATE INDEX licenses_by_limit_reached ON licenses (limit_reached_at) WHERE limit_reached_at IS NOT NULL;
DROP INDEX licenses_over_limit;
DROP INDEX licenses_by_share;
ALTER TABLE licenses DROP COLUMN share;
ALTER TABLE licenses DROP COLUMN used;
