-- +goose Up

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

-- +goose Down

DROP TABLE list_preferences;
