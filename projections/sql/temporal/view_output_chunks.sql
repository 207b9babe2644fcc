create temp view output_chunks as
select
    /*stream i*/ as stream,
    case when i.moved then retold_place(0, i.stream, i.rank) else cast(i.rank as integer) end as instance,
    p.ordinal, p.position, p.bytes
from /*rows instance_version i*/
join {at}.output_piece p on p.stream = i.stream and p.output = i.output and /*counts p i*/
where /*true i*/ /*own i*/;
