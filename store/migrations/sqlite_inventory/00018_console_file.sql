-- +goose Up

-- What is not about licenses and resources is in the file of the console by
-- now, so that publishing does not wait for an import.
CREATE TABLE license_tags (
    owner_id text    NOT NULL,
    key      text    NOT NULL,
    value    text    NOT NULL,
    position integer NOT NULL,
    PRIMARY KEY (owner_id, key)
) WITHOUT ROWID;
INSERT INTO license_tags (owner_id, key, value, position) SELECT owner_id, key, value, position FROM tags WHERE owner_id IN (SELECT id FROM licenses);
CREATE INDEX license_tags_by_key ON license_tags (key, value);

CREATE TABLE inventory_activities (
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
CREATE INDEX inventory_activities_by_object ON inventory_activities (object_id, id);
CREATE INDEX inventory_activities_by_time ON inventory_activities (at, id);

CREATE TABLE inventory_samples (
    kind text NOT NULL,
    id   text NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
INSERT INTO inventory_samples (kind, id) SELECT kind, id FROM samples WHERE kind IN ('license', 'resource');

DROP TABLE list_preferences;
DROP TABLE files;
DROP TABLE runs;
DROP TABLE reports;
DROP TABLE tags;
DROP TABLE samples;
DROP TABLE discards;
DROP TABLE activities;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE settings;
