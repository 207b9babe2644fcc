-- The ids before and after a session's own in the order of ids, a workspace at a time; its agents' ids, which begin with its
-- own and a `/`, are none of them. `:after` is the first text after all that begin so.
select
    (
        select s.session_id from stream s
        where s.workspace = w.id and s.session_id < :id and s.ordinal > 0 order by s.session_id desc limit 1
    ),
    (
        select s.session_id from stream s
        where s.workspace = w.id and s.session_id > :id and s.ordinal > 0
            and (s.session_id < :agents or s.session_id >= :after)
        order by s.session_id limit 1
    )
from workspace w
