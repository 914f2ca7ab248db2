-- kind: records
-- Why the last attempt of an effect did not succeed, in each language as JSON; empty where that is not known.

-- +goose Up
alter table effects add column last_said text not null default '';
