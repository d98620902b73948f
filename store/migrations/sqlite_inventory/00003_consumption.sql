-- +goose Up

-- Consumption over time of a license, from the files of all reports about it.
ALTER TABLE files ADD COLUMN license_id text NOT NULL DEFAULT '';
UPDATE files SET license_id = (SELECT r.license_id FROM reports r WHERE r.id = files.report_id);
CREATE INDEX files_by_license ON files (license_id, published_at) WHERE published_at IS NOT NULL;

CREATE INDEX files_by_report_time ON files (report_id, published_at) WHERE published_at IS NOT NULL;

-- When the limit is reached if consumption goes on to grow as it did.
ALTER TABLE licenses ADD COLUMN limit_reached_at datetime;
ALTER TABLE licenses ADD COLUMN foreseen_at datetime;
CREATE INDEX licenses_by_limit_reached ON licenses (limit_reached_at) WHERE limit_reached_at IS NOT NULL;

-- +goose Down

DROP INDEX licenses_by_limit_reached;
ALTER TABLE licenses DROP COLUMN foreseen_at;
ALTER TABLE licenses DROP COLUMN limit_reached_at;
DROP INDEX files_by_report_time;
DROP INDEX files_by_license;
ALTER TABLE files DROP COLUMN license_id;
