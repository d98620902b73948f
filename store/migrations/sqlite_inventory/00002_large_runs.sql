-- +goose Up

-- Runs that read many resources wait in a lane of their own, so that they
-- never hold up the others.
ALTER TABLE runs ADD COLUMN large boolean NOT NULL DEFAULT false;
DROP INDEX runs_by_next_attempt;
DROP INDEX runs_by_lease;
CREATE INDEX runs_by_next_attempt ON runs (large, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX runs_by_lease ON runs (large, lease_until) WHERE state = 'running';

-- +goose Down

DROP INDEX runs_by_lease;
DROP INDEX runs_by_next_attempt;
CREATE INDEX runs_by_next_attempt ON runs (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX runs_by_lease ON runs (lease_until) WHERE state = 'running';
ALTER TABLE runs DROP COLUMN large;
