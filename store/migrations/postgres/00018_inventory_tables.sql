-- +goose Up

-- What is written together with licenses and resources is apart from the rest,
-- as it is on SQLite, which keeps both in files of their own.
ALTER TABLE tags RENAME TO report_tags;
ALTER INDEX tags_by_key RENAME TO report_tags_by_key;
CREATE TABLE license_tags (LIKE report_tags INCLUDING ALL);
INSERT INTO license_tags (owner_id, key, value, position)
    SELECT owner_id, key, value, position FROM report_tags WHERE owner_id IN (SELECT id FROM licenses);
DELETE FROM report_tags WHERE owner_id IN (SELECT id FROM licenses);

CREATE TABLE inventory_activities (LIKE activities INCLUDING ALL);

CREATE TABLE inventory_samples (LIKE samples INCLUDING ALL);
INSERT INTO inventory_samples (kind, id) SELECT kind, id FROM samples WHERE kind IN ('license', 'resource');
DELETE FROM samples WHERE kind IN ('license', 'resource');

-- +goose Down

INSERT INTO samples (kind, id) SELECT kind, id FROM inventory_samples;
DROP TABLE inventory_samples;
INSERT INTO activities (at, actor, address, action, noun, object_id, name, detail)
    SELECT at, actor, address, action, noun, object_id, name, detail FROM inventory_activities ORDER BY id;
DROP TABLE inventory_activities;
INSERT INTO report_tags (owner_id, key, value, position) SELECT owner_id, key, value, position FROM license_tags;
DROP TABLE license_tags;
ALTER INDEX report_tags_by_key RENAME TO tags_by_key;
ALTER TABLE report_tags RENAME TO tags;
