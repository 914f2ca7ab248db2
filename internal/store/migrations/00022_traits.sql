-- kind: records
-- What an image says of itself and what is read off its file, by which good and bad images are compared. Equal traits are kept
-- once: a catalogue has few of them. Runs may say any attribute, and of which images.

-- +goose Up
create table traits (
    id   integer primary key,
    text text not null unique
) strict;

alter table checks add column traits integer not null default 0; -- of before this migration: 0

alter table runs add column attributes text not null default '{}';
alter table runs add column paths text not null default '[]';

drop index checks_blast;
create index checks_blast on checks (pipeline, at, path, over, class, delta_e_p95, palette_worst, software, model, modified, changed, traits);
