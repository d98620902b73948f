-- +goose Up

-- Two filters at once are answered by one index: of resources that fit one of
-- them alone, however many, no row is read.
DROP INDEX resources_by_account;
DROP INDEX resources_by_type;
DROP INDEX resources_by_status;
CREATE INDEX resources_by_account ON resources (owner_account_id, id, type, status);
CREATE INDEX resources_by_type ON resources (type, id, owner_account_id, status);
CREATE INDEX resources_by_status ON resources (status, id, owner_account_id, type);

-- +goose Down

DROP INDEX resources_by_account;
DROP INDEX resources_by_type;
DROP INDEX resources_by_status;
CREATE INDEX resources_by_account ON resources (owner_account_id, id);
CREATE INDEX resources_by_type ON resources (type, id);
CREATE INDEX resources_by_status ON resources (status, id);
