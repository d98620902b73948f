-- +goose Up

-- Resources of an account are searched for by what their ARN begins with.
CREATE INDEX resources_by_arn ON resources (owner_account_id, arn) WHERE arn <> '';

-- +goose Down

DROP INDEX resources_by_arn;
