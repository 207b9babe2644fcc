create temp view instances as
select
    /*columns*/,
    case when v.output is not null then coalesce((
        select group_concat(retold_text(p.position), '' order by p.position)
        from {at}.output_piece p
        where p.stream = v.stream and p.output = v.output and /*counts p v*/
    ), '') end as output
from /*rows instance_version v*/
where /*true v*/ /*own v*/;
