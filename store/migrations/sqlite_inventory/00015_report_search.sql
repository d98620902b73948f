-- +goose Up

-- What a text is searched for in, and nothing else: who looks at all reports
-- reads a third of what it was. Licenses, tags and ids have indexes of their own.
DROP INDEX reports_by_text;
CREATE INDEX reports_by_text ON reports (name_key, description, deleted_at) WHERE deleted_at IS NULL;

-- +goose Down

DROP INDEX reports_by_text;
CREATE INDEX reports_by_text ON reports (name_key, description, license_id, id, deleted_at) WHERE deleted_at IS NULL;
