-- A million sessions of ten tenants: the rows of one that a worker wrote, with numbers, ids and times of their own.
create temporary table one as select * from retold.sessions where tenant = 1 order by stream limit 1;
insert into retold.sessions
select (jsonb_populate_record(o, jsonb_build_object('tenant', 1 + n % 10, 'stream', 1000000000000 + n, 'id', 'many-' || n,
    'moved_instant', o.moved_instant + n * 1000003 % 1000000, 'updated_instant', o.updated_instant + n * 1000003 % 1000000))).*
from one o, generate_series(1, $1::bigint) n;
analyze retold.sessions;
