-- Sessions of this id; where there are none, sessions whose id begins so. Of the records of one id, the deleted ones
-- come last: their last deletion (?4) was not followed by a restoration (?5).
with named as (
    select s.id, w.key, s.session_id, s.ordinal, s.session_id = ?1 as is_exact
    from stream s join workspace w on w.id = s.workspace
    where s.ordinal > 0
      and substr(s.session_id, 1, length(?1)) = ?1
      and (?2 is null or w.key = ?2)
      and (?3 is null or s.ordinal = ?3)
)
select id, key, session_id, ordinal
from named
where is_exact = (select max(is_exact) from named)
order by key, session_id, coalesce((
    select e.type = ?4 from event e where e.stream = named.id and e.type in (?4, ?5) order by e.revision desc limit 1
), 0), ordinal
