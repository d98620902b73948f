-- +goose Up

-- The file of the console: users, usage reports and what becomes of them. What
-- an import writes is in a file of its own, whose writer these never wait for.
CREATE TABLE settings (
    id              integer PRIMARY KEY CHECK (id = 1),
    account_id      text    NOT NULL,
    bucket          text    NOT NULL DEFAULT '',
    bucket_ready    boolean NOT NULL DEFAULT false,
    bucket_created  boolean NOT NULL DEFAULT false,
    cross_account   boolean NOT NULL DEFAULT false,
    checked_at      datetime,
    check_failure   text    NOT NULL DEFAULT '',
    setup_token     text    NOT NULL DEFAULT '',
    version         bigint  NOT NULL DEFAULT 1
);

CREATE TABLE users (
    id            integer PRIMARY KEY AUTOINCREMENT,
    name          text   NOT NULL,
    name_key      text   NOT NULL,
    password_hash text   NOT NULL,
    role          text   NOT NULL,
    session_epoch bigint NOT NULL DEFAULT 1,
    created_at    datetime NOT NULL,
    updated_at    datetime NOT NULL,
    time_zone     text   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX users_by_name ON users (name_key);

-- How a user wants a list to look.
CREATE TABLE list_preferences (
    user_id   bigint  NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    list      text    NOT NULL,
    columns   text    NOT NULL,
    page_size bigint  NOT NULL,
    compact   boolean NOT NULL,
    one_line  boolean NOT NULL,
    PRIMARY KEY (user_id, list)
) WITHOUT ROWID;

CREATE TABLE sessions (
    token_hash text   PRIMARY KEY,
    data       blob NOT NULL,
    expires_at datetime NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE activities (
    id        integer PRIMARY KEY AUTOINCREMENT,
    at        datetime NOT NULL,
    actor     text   NOT NULL,
    address   text   NOT NULL,
    action    text   NOT NULL,
    noun      text   NOT NULL,
    object_id text   NOT NULL,
    name      text   NOT NULL,
    detail    text   NOT NULL
);
CREATE INDEX activities_by_object ON activities (object_id, id);
CREATE INDEX activities_by_time ON activities (at, id);

CREATE TABLE report_tags (
    owner_id text    NOT NULL,
    key      text    NOT NULL,
    value    text    NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (owner_id, key)
) WITHOUT ROWID;
CREATE INDEX report_tags_by_key ON report_tags (key, value);

CREATE TABLE reports (
    id             text   PRIMARY KEY,
    arn            text   NOT NULL,
    name           text   NOT NULL,
    name_key       text   NOT NULL,
    description    text   NOT NULL,
    license_id     text   NOT NULL,
    types          bigint NOT NULL,
    frequency      text   NOT NULL,
    status         text   NOT NULL,
    failure        text   NOT NULL,
    grid_start     datetime NOT NULL,
    next_run_at    datetime,
    last_report_at datetime,
    version        bigint NOT NULL,
    created_at     datetime NOT NULL,
    created_by     text   NOT NULL,
    updated_at     datetime NOT NULL,
    updated_by     text   NOT NULL,
    deleted_at     datetime,
    deleted_by     text   NOT NULL DEFAULT '',
    creation_token text
);
CREATE UNIQUE INDEX reports_by_name ON reports (name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX reports_by_creation_token ON reports (creation_token) WHERE creation_token IS NOT NULL;
CREATE INDEX reports_by_license ON reports (license_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_status ON reports (status, name_key) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_frequency ON reports (frequency, name_key) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_created ON reports (created_at, name_key) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_last_report ON reports (last_report_at, name_key) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_next_run ON reports (next_run_at, name_key) WHERE deleted_at IS NULL;
-- What a text is searched for in, and nothing else: who looks at all reports
-- reads a third of what they are.
CREATE INDEX reports_by_text ON reports (name_key, description, deleted_at) WHERE deleted_at IS NULL;

-- The queue of the publisher and the history of the reports.
CREATE TABLE runs (
    id              text   PRIMARY KEY,
    report_id       text   NOT NULL REFERENCES reports (id),
    report_name     text   NOT NULL,
    types           bigint NOT NULL,
    "trigger"       text   NOT NULL,
    scheduled_for   datetime NOT NULL,
    state           text   NOT NULL,
    attempts        bigint NOT NULL,
    next_attempt_at datetime,
    lease_until     datetime,
    claim           text   NOT NULL DEFAULT '',
    created_at      datetime NOT NULL,
    started_at      datetime,
    finished_at     datetime,
    failure_code    text   NOT NULL DEFAULT '',
    failure         text   NOT NULL DEFAULT '',
    large           boolean NOT NULL DEFAULT false
);
CREATE INDEX runs_by_report ON runs (report_id, created_at);
CREATE INDEX runs_open ON runs (report_id, state) WHERE state IN ('pending', 'running');
CREATE INDEX runs_by_next_attempt ON runs (large, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX runs_by_lease ON runs (large, lease_until) WHERE state = 'running';

CREATE TABLE files (
    run_id        text   NOT NULL REFERENCES runs (id),
    type          text   NOT NULL,
    report_id     text   NOT NULL,
    bucket        text   NOT NULL DEFAULT '',
    key           text   NOT NULL,
    "rows"        bigint NOT NULL DEFAULT 0,
    size          bigint NOT NULL DEFAULT 0,
    published_at  datetime,
    consumed      bigint NOT NULL DEFAULT 0,
    license_count bigint,
    duration_ms   bigint NOT NULL DEFAULT 0,
    license_id    text   NOT NULL DEFAULT '',
    compare_due_at datetime,
    compared_with text   NOT NULL DEFAULT '',
    added         bigint NOT NULL DEFAULT 0,
    removed       bigint NOT NULL DEFAULT 0,
    changed       bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, type)
) WITHOUT ROWID;
CREATE INDEX files_by_license ON files (license_id, published_at) WHERE published_at IS NOT NULL;
CREATE INDEX files_by_compare_due ON files (compare_due_at) WHERE compare_due_at IS NOT NULL;
CREATE INDEX files_by_report ON files (report_id, published_at, type);

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
