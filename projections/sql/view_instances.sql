-- An output is the pieces of it, in order.
create temp view instances as
select
    /*columns*/,
    case when t.output_bytes is not null then coalesce((
        select group_concat(retold_text(c.position), '' order by c.ordinal)
        from main.output_chunks c where c.stream = t.stream and c.instance = t.place
    ), '') end as output
from main.instances t;
