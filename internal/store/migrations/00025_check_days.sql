-- kind: records
-- What was checked by pipeline and day, added up with each batch: the quality of years is read from some thousand rows, and
-- stays known of checks that are gone.

-- +goose Up
create table check_days (
    pipeline text not null,
    day      integer not null, -- days since 1970-01-01, UTC
    checks   integer not null,
    over     integer not null, -- over a limit of the budget; what metadata break is no part of it
    delta_e  real not null,    -- sum of the 95th percentiles
    delta_es integer not null, -- in how many it was measured
    ssim     real not null,
    ssims    integer not null,
    primary key (pipeline, day)
) strict, without rowid;

insert into check_days (pipeline, day, checks, over, delta_e, delta_es, ssim, ssims)
select pipeline, at / 86400000000, count(*), sum((over & 63) <> 0), coalesce(sum(delta_e_p95), 0.0), count(delta_e_p95), coalesce(sum(ssim), 0.0), count(ssim)
from checks group by pipeline, at / 86400000000;
