create temp view output_chunks as
select
    i.stream,
    case when i.moved then retold_place(0, i.stream, i.rank) else cast(i.rank as integer) end as instance,
    p.ordinal, p.position, p.bytes
from {at}.instance_version i
join {at}.output_piece p on p.stream = i.stream and p.output = i.output and p.position <= /*last piece i*/
where /*true i*/;
