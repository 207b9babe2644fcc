-- Rows of many sessions, four workspaces in turn. What is ordered by repeats, or is not there.
with recursive number (n) as (select 0 union all select n + 1 from number where n + 1 < ?1)
insert into sessions (
    stream, workspace, id, ordinal, home, place, type, task, status, created_at, updated_at, created_instant, updated_instant,
    total_duration, total_files_changed, instance_count, message_count, position, revision, tags
)
select
    1000 + n, 1 + n % 4, 's' || n, 1, 'w', (n * 7919) % ?1,
    case when n % 500 < 4 then 'solo' when n / 4 % 3 = 0 then 'debate' when n / 4 % 3 = 1 then 'competition' else 'ensemble' end,
    'a task',
    case when n % 700 < 4 then 'lost' when n / 12 % 3 = 0 then 'running' when n / 12 % 3 = 1 then 'completed' else 'failed' end,
    '', '', nullif((n * 31) % ?1, 7), nullif((n * 37) % ?1, 9),
    case when n % 5 = 0 then null when n % 1001 = 1 then '18446744073709551615' else n / 8 % 900 end,
    nullif(n / 4 % 11, 3), 0, 0, 1, 1, iif(n % 200 < 4, '["urgent"]', '[]')
from number
