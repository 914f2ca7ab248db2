-- kind: records
-- The secret addresses of calendar feeds, one a person. Only the digest is kept.

-- +goose Up
create table calendar_keys (
    person  text primary key,
    hash    blob not null unique, -- SHA-256 of the secret
    created integer not null
) strict;
