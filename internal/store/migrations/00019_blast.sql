-- kind: records
-- The blast radius of an incident is counted over a million checks at once: its columns are read from an index alone, since
-- the table's rows are kilobytes of JSON each. What made the image, by its own metadata, is counted too; checks of before
-- this migration do not say it.

-- +goose Up
alter table checks add column software text not null default '';
alter table checks add column model text not null default '';

create index checks_blast on checks (pipeline, at, path, over, class, delta_e_p95, palette_worst, software, model);

drop index checks_pipeline; -- a prefix of the new one
