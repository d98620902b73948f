-- +goose Up

-- What a text is searched for in, without the rest of the reports: a part of a
-- name is found by looking at all of them.
CREATE INDEX reports_by_text ON reports (name_key, description, license_id, id, deleted_at) WHERE deleted_at IS NULL;

-- +goose Down

DROP INDEX reports_by_text;
