-- Notes positions as ranges without a gap.
insert into retold.retired (tenant, log, first, last)
select $1::bigint, $2::integer, min(i.position), max(i.position)
from (select u.position, u.position - row_number() over (order by u.position) as island from unnest($3::bigint[]) u(position)) i
group by i.island
on conflict (tenant, log, first) do update set last = greatest(retold.retired.last, excluded.last), at = now()
