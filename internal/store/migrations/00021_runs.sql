-- kind: records
-- A pipeline may say when a run of it begins, and by which colour transform it works then: what an image itself does not say.
-- Its checks are told by both since.

-- +goose Up
create table runs (
    id       integer primary key,
    pipeline text not null,
    run      text not null,
    lut      text not null,
    at       integer not null
) strict;

create index runs_pipeline on runs (pipeline, at);

alter table checks add column run text not null default '';
alter table checks add column lut text not null default '';

create index checks_run on checks (pipeline, run) where run <> '';
create index checks_lut on checks (pipeline, lut) where lut <> '';
