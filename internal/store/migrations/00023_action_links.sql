-- kind: views
-- The issue that an action has in a tracker, by which changes of issues find their action. No action had one before.

-- +goose Up
alter table actions add column tracker text not null default '';
alter table actions add column issue text not null default '';
alter table actions add column conflicts integer not null default 0; -- that somebody has to choose about

create index actions_issue on actions (tracker, issue);
