-- +goose Up

-- What belongs to the sample data, so that it can be removed without a trace.
CREATE TABLE samples (
    kind text NOT NULL COLLATE "C",
    id   text NOT NULL COLLATE "C",
    PRIMARY KEY (kind, id)
);

-- Objects in the bucket that are to be deleted: those of sample data that was
-- removed, or never completely loaded.
CREATE TABLE discards (
    bucket   text     NOT NULL COLLATE "C",
    key      text     NOT NULL COLLATE "C",
    due_at   timestamptz NOT NULL,
    again_at timestamptz,
    PRIMARY KEY (bucket, key)
);
CREATE INDEX discards_by_due ON discards (due_at);

-- +goose Down

DROP TABLE discards;
DROP TABLE samples;
