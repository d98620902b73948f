-- +goose Up

-- Each published report moves entries of every index here: the reports that are
-- due are found by the index that sorts by the next run, and a file is found by
-- its report once it is published.
DROP INDEX reports_by_due;
DROP INDEX files_by_report;
CREATE INDEX files_by_report ON files (report_id, type, published_at) WHERE published_at IS NOT NULL;

-- +goose Down

CREATE INDEX reports_by_due ON reports (next_run_at) WHERE next_run_at IS NOT NULL;
DROP INDEX files_by_report;
CREATE INDEX files_by_report ON files (report_id, type, published_at);
