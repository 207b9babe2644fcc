-- How many sessions each tool left, the most first; those of the editor are in workspaces of their own.
select case when s.type = 'transcript' then coalesce(w.key, '') else 'ait42' end as tool, count(*)
from sessions s left join workspaces w on w.workspace = s.workspace
group by 1
order by 2 desc, 1
