-- +goose Up

-- One index instead of two: the files of a report in the order of time, of both
-- types, of which a run publishes at most one each.
DROP INDEX files_by_report;
DROP INDEX files_by_report_time;
CREATE INDEX files_by_report ON files (report_id, published_at, type);

-- +goose Down

DROP INDEX files_by_report;
CREATE INDEX files_by_report ON files (report_id, type, published_at) WHERE published_at IS NOT NULL;
CREATE INDEX files_by_report_time ON files (report_id, published_at) WHERE published_at IS NOT NULL;
