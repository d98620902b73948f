-- +goose Up

-- Two filters at once are answered by one index: of resources that fit one of
-- them alone, however many, no row is read.
DROP INDEX resources_by_account;
DROP INDEX resources_by_type;
DROP INDEX resources_by_status;
CREATE INDEX resources_by_account ON resources (owner_account_id, id, type, status);
CREATE INDEX resources_by_type ON resources (type, id, owner_account_id, status);
CREATE INDEX resources_by_status ON resources (status, id, owner_account_id, type);
-- By it the planner knows how many fit several filters, and which of them hardly any.
CREATE STATISTICS resources_filtered (mcv) ON type, status, owner_account_id FROM resources;

-- +goose Down

DROP STATISTICS resources_filtered;
DROP INDEX resources_by_account;
DROP INDEX resources_by_type;
DROP INDEX resources_by_status;
CREATE INDEX resources_by_account ON resources (owner_account_id, id);
CREATE INDEX resources_by_type ON resources (type, id);
CREATE INDEX resources_by_status ON resources (status, id);
