-- +goose Up

CREATE TABLE settings (
    id              integer PRIMARY KEY CHECK (id = 1),
    account_id      text    NOT NULL,
    bucket          text    NOT NULL DEFAULT '',
    bucket_ready    boolean NOT NULL DEFAULT false,
    bucket_created  boolean NOT NULL DEFAULT false,
    bucket_settings text    NOT NULL DEFAULT '',
    cross_account   boolean NOT NULL DEFAULT false,
    checked_at      datetime,
    check_failure   text    NOT NULL DEFAULT '',
    setup_token     text    NOT NULL DEFAULT '',
    version         bigint  NOT NULL DEFAULT 1
);

-- time_zone is the name of a user's time zone; empty for that of the server.
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

-- From where users sign in: there, failed sign-ins from elsewhere do not count.
CREATE TABLE sign_in_networks (
    user_id      bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    network      text   NOT NULL,
    signed_in_at datetime NOT NULL,
    PRIMARY KEY (user_id, network)
);

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

-- Tags of licenses and usage reports, whose ids differ.
CREATE TABLE tags (
    owner_id text    NOT NULL,
    key      text    NOT NULL,
    value    text    NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (owner_id, key)
) WITHOUT ROWID;
CREATE INDEX tags_by_key ON tags (key, value);

-- used is the number of consumed licenses, kept with the counters. share is used
-- relative to the license count, for lists: -1 without a count, and very large if
-- the count is 0 and licenses are consumed. limit_reached_at is the forecast that was
-- made at forecast_at from so many weeks of reports.
CREATE TABLE licenses (
    id               text    PRIMARY KEY,
    arn              text    NOT NULL,
    name             text    NOT NULL,
    name_key         text    NOT NULL,
    description      text    NOT NULL,
    counting_type    text    NOT NULL,
    license_count    bigint,
    hard_limit       boolean NOT NULL,
    rules            text    NOT NULL,
    expires_at       datetime,
    status           text    NOT NULL,
    owner_account_id text    NOT NULL,
    version          bigint  NOT NULL,
    created_at       datetime NOT NULL,
    created_by       text    NOT NULL,
    updated_at       datetime NOT NULL,
    updated_by       text    NOT NULL,
    creation_token   text,
    limit_reached_at datetime,
    forecast_weeks   integer NOT NULL DEFAULT 0,
    forecast_at      datetime,
    used             bigint  NOT NULL DEFAULT 0,
    share            real GENERATED ALWAYS AS (CASE
        WHEN license_count > 0 THEN used * 1.0 / license_count
        WHEN license_count = 0 AND used > 0 THEN 1000000000
        WHEN license_count = 0 THEN 0 ELSE -1 END) VIRTUAL
);
CREATE UNIQUE INDEX licenses_by_name ON licenses (name_key);
CREATE UNIQUE INDEX licenses_by_creation_token ON licenses (creation_token) WHERE creation_token IS NOT NULL;
CREATE INDEX licenses_by_expiry ON licenses (expires_at, name_key) WHERE expires_at IS NOT NULL;
CREATE INDEX licenses_by_limit_reached ON licenses (limit_reached_at, name_key) WHERE limit_reached_at IS NOT NULL;
CREATE INDEX licenses_by_share ON licenses (share, name_key);
CREATE INDEX licenses_over_limit ON licenses (name_key) WHERE status <> 'deactivated' AND used > license_count;

-- What resources consume of a license, by resource type, kept with every change
-- of an association: a summary must not scan millions of rows.
CREATE TABLE license_counters (
    license_id    text   NOT NULL REFERENCES licenses (id) ON DELETE CASCADE,
    resource_type text   NOT NULL,
    associated    bigint NOT NULL,
    consumed      bigint NOT NULL,
    PRIMARY KEY (license_id, resource_type)
) WITHOUT ROWID;

CREATE TABLE resources (
    id               text   PRIMARY KEY,
    arn              text   NOT NULL,
    type             text   NOT NULL,
    status           text   NOT NULL,
    owner_account_id text   NOT NULL,
    region           text   NOT NULL,
    platform         text   NOT NULL,
    instance_type    text   NOT NULL,
    tenancy          text   NOT NULL,
    vcpus            bigint,
    cores            bigint,
    sockets          bigint,
    threads_per_core bigint,
    created_at       datetime NOT NULL,
    updated_at       datetime NOT NULL
);
-- Two filters at once are answered by one index, without reading the rows that
-- match only one of them.
CREATE INDEX resources_by_account ON resources (owner_account_id, id, type, status);
CREATE INDEX resources_by_type ON resources (type, id, owner_account_id, status);
CREATE INDEX resources_by_status ON resources (status, id, owner_account_id, type);
CREATE INDEX resources_by_arn ON resources (owner_account_id, arn) WHERE arn <> '';

-- Clustered by license and resource: a resource usage report is one
-- sequential scan of the column "line", already in its order.
CREATE TABLE associations (
    license_id    text   NOT NULL REFERENCES licenses (id),
    resource_id   text   NOT NULL REFERENCES resources (id),
    resource_type text   NOT NULL,
    consumed      bigint NOT NULL,
    given         bigint,
    associated_at datetime NOT NULL,
    line          blob NOT NULL,
    PRIMARY KEY (license_id, resource_id)
) WITHOUT ROWID;
CREATE INDEX associations_by_resource ON associations (resource_id, license_id);

CREATE TABLE reports (
    id             text   PRIMARY KEY,
    arn            text   NOT NULL,
    name           text   NOT NULL,
    name_key       text   NOT NULL,
    description    text   NOT NULL,
    license_id     text   NOT NULL,
    types          bigint NOT NULL,
    frequency      bigint NOT NULL, -- days
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
-- A page of a list passes over the rows before it. SQLite does so in the index
-- alone where that has deleted_at, too.
CREATE INDEX reports_by_license ON reports (license_id, name_key, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_status ON reports (status, name_key, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_frequency ON reports (frequency, name_key, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_created ON reports (created_at, name_key, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_last_report ON reports (last_report_at, name_key, deleted_at) WHERE deleted_at IS NULL;
CREATE INDEX reports_by_next_run ON reports (next_run_at, name_key, deleted_at) WHERE deleted_at IS NULL;
-- What a text is searched for in, and nothing else: a search that reads all
-- reports reads a third of their bytes.
CREATE INDEX reports_by_text ON reports (name_key, description, deleted_at) WHERE deleted_at IS NULL;

-- The queue of the publisher and the history of the reports. Runs that read many
-- resources are large: they are claimed apart, so that they never hold up others.
CREATE TABLE runs (
    id              text   PRIMARY KEY,
    report_id       text   NOT NULL REFERENCES reports (id),
    report_name     text   NOT NULL,
    types           bigint NOT NULL,
    "trigger"       text   NOT NULL,
    scheduled_for   datetime NOT NULL,
    state           text   NOT NULL,
    large           boolean NOT NULL DEFAULT false,
    beside_import   boolean NOT NULL DEFAULT false,
    attempts        bigint NOT NULL,
    next_attempt_at datetime,
    lease_until     datetime,
    claim           text NOT NULL DEFAULT '',
    created_at      datetime NOT NULL,
    started_at      datetime,
    finished_at     datetime,
    failure_code    text   NOT NULL DEFAULT '',
    failure         text   NOT NULL DEFAULT ''
);
CREATE INDEX runs_by_report ON runs (report_id, created_at);
CREATE INDEX runs_open ON runs (report_id, state) WHERE state IN ('pending', 'running');
CREATE INDEX runs_by_next_attempt ON runs (large, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX runs_by_lease ON runs (large, lease_until) WHERE state = 'running';

-- The files that were published; until then the key of a file follows from its
-- run. added, removed and changed compare a resource usage file with the file of
-- the run compared_with; they are counted after compare_due_at.
CREATE TABLE files (
    run_id         text   NOT NULL REFERENCES runs (id),
    type           text   NOT NULL,
    report_id      text   NOT NULL,
    license_id     text   NOT NULL DEFAULT '',
    bucket         text   NOT NULL DEFAULT '',
    key            text   NOT NULL,
    "rows"         bigint NOT NULL DEFAULT 0,
    size           bigint NOT NULL DEFAULT 0,
    published_at   datetime,
    consumed       bigint NOT NULL DEFAULT 0,
    license_count  bigint,
    duration_ms    bigint NOT NULL DEFAULT 0,
    compare_due_at datetime,
    compared_with  text   NOT NULL DEFAULT '',
    added          bigint NOT NULL DEFAULT 0,
    removed        bigint NOT NULL DEFAULT 0,
    changed        bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (run_id, type)
) WITHOUT ROWID;
CREATE INDEX files_by_report ON files (report_id, published_at, type);
-- A history of consumption is read from this index alone.
CREATE INDEX files_by_license ON files (license_id, published_at, consumed, license_count) WHERE published_at IS NOT NULL;
CREATE INDEX files_by_compare_due ON files (compare_due_at) WHERE compare_due_at IS NOT NULL;

-- Files of tracked resources on their way into the inventory. "done" is the
-- cursor: how many of the rows were judged, or applied.
CREATE TABLE imports (
    id           text   PRIMARY KEY,
    user_name    text   NOT NULL,
    address      text   NOT NULL,
    file_name    text   NOT NULL,
    license      text   NOT NULL,
    direct       boolean NOT NULL,
    header       blob   NOT NULL,
    state        text   NOT NULL,
    size         integer NOT NULL,
    "rows"       integer NOT NULL,
    done         integer NOT NULL,
    total        integer NOT NULL,
    resources    integer NOT NULL,
    added        integer NOT NULL,
    updated      integer NOT NULL,
    unchanged    integer NOT NULL,
    wrong        integer NOT NULL,
    claim        text   NOT NULL,
    lease_until  datetime,
    created_at   datetime NOT NULL,
    confirmed_at datetime,
    finished_at  datetime
);
CREATE INDEX imports_open ON imports (state, created_at) WHERE state <> 'applied';

-- Rows of the file in the order of resource IDs (kind "rows"), and those that
-- can't be imported ("problems"); "first" is how many rows come before.
CREATE TABLE import_chunks (
    import_id text    NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    kind      text    NOT NULL,
    first     integer NOT NULL,
    data      blob  NOT NULL,
    PRIMARY KEY (import_id, kind, first)
);

-- Licenses that an import names or changes. Runs about them wait while it is
-- applied, but not for ever.
CREATE TABLE import_licenses (
    import_id       text    NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    license_id      text    NOT NULL,
    named           boolean NOT NULL,
    consumed_before integer  NOT NULL,
    consumed_after  integer  NOT NULL,
    runs_wait_until datetime,
    PRIMARY KEY (import_id, license_id)
);
CREATE INDEX import_licenses_waited_for ON import_licenses (license_id, runs_wait_until) WHERE runs_wait_until IS NOT NULL;
