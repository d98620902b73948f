-- +goose Up

-- What belongs to the sample data, so that it can be removed without a trace.
CREATE TABLE samples (
    kind text NOT NULL,
    id   text NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- Objects in the bucket that are to be deleted: those of sample data that was
-- removed, or never completely loaded.
CREATE TABLE discards (
    bucket   text     NOT NULL,
    key      text     NOT NULL,
    due_at   datetime NOT NULL,
    again_at datetime,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE INDEX discards_by_due ON discards (due_at);

-- +goose Down

DROP TABLE discards;
DROP TABLE samples;
