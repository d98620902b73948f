-- +goose Up

-- The time zone of a user by its name; empty for that of the server.
ALTER TABLE users ADD COLUMN time_zone text NOT NULL DEFAULT '';

-- What has expired or does soon is asked for on every visit of the dashboard.
CREATE INDEX licenses_by_expiry ON licenses (expires_at, name_key) WHERE expires_at IS NOT NULL;

-- +goose Down

DROP INDEX licenses_by_expiry;
ALTER TABLE users DROP COLUMN time_zone;
