-- kind: views
-- Before a kept copy is erased it is asked who has the same bytes.

-- +goose Up
create index quarantine_digest on quarantine (sha256);

-- What may be erased once its time is over.
create index quarantine_discarded on quarantine (id) where status = 'discarded' and json ->> 'kept' and json ->> 'retained' is null;
