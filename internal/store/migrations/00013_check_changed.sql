-- kind: records
-- A version of a file is told from the next by the change of its inode too: dates are kept on purpose.

-- +goose Up
alter table checks add column changed integer not null default 0; -- nanoseconds; 0: not recorded
