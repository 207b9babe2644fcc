-- Whether a pruning was carried out: nothing that was said before it in its session is there, unless some is back.
select not exists (
    select 1 from event where stream = ?1 and revision < ?2 and type not in (/*structure*/) and body is not null
) or exists (
    select 1 from event where stream = ?1 and revision > ?2 and type = 21
)
